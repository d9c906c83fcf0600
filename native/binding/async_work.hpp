// Work of the core on another thread: Node-API's async work, which libuv's thread pool executes.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "core/optimizer.hpp"

namespace lbfgs {

/// The core's work up to its next request. The work runs once: on a thread of the pool, or on the main thread if a call
/// there needs the core before the pool has begun. The work sees only the copies of the caller's arrays.
class AsyncWork {
public:
  /// Called on the main thread when the work is done, before `settle`.
  using Completed = std::function<void(Napi::Env env, AsyncWork& work)>;

  /// `work` runs `core`, which has to stay until finish() has returned.
  AsyncWork(Optimizer& core, std::function<Asked(Optimizer&)> work) : core_(core), work_(std::move(work)) {}

  /// Queues the work. In the end settle(error or null, whether the copied values have been written) is called, unless
  /// no JavaScript can run any more. `object` is kept alive until then. An error that `completed` throws is passed to
  /// settle. Throws a Napi::Error where Node-API refuses.
  static void start(Napi::Object object, std::shared_ptr<AsyncWork> work, Completed completed, Napi::Function settle);

  /// Runs the work, or waits until it has run. May be called on any thread.
  void finish() noexcept;
  /// After finish(): the core's request; throws what the core threw.
  Asked asked() const;
  /// After finish(): whether the work has written values into the copies.
  bool wrote_data() const { return wrote_data_; }
  /// To be called when the owner is deleted: `completed` is not called then.
  void abandon() { abandoned_ = true; }

private:
  struct Queued;
  static void complete(napi_env env, napi_status status, void* data);

  Optimizer& core_;
  std::function<Asked(Optimizer&)> work_;
  std::mutex running_;
  bool finished_ = false;
  bool abandoned_ = false;
  bool wrote_data_ = false;
  Asked asked_ = Asked::done;
  std::exception_ptr error_;
};

}  // namespace lbfgs
