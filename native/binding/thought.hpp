// Work of the core away from the main thread: Node-API's async work, on libuv's pool.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "core/optimizer.hpp"

namespace lbfgs {

/// A stretch of the core's work that runs once, on the thread that comes first: one of the pool, or the main thread,
/// where somebody wants to look at the core meanwhile. It sees the copies of the caller's arrays only.
class Thought {
public:
  /// Told on the main thread when `settle` is about to be called.
  using Landed = std::function<void(Napi::Env env, Thought& thought)>;

  /// `work` runs `core`, which has to stay until finish() has returned.
  Thought(Optimizer& core, std::function<Asked(Optimizer&)> work) : core_(core), work_(std::move(work)) {}

  /// Hands the thought to the pool. In the end settle(error or null, whether the copied values have been written) is
  /// called, unless no JavaScript can run any more. `object` is kept alive meanwhile. landed: may throw a Napi::Error,
  /// which goes to settle.
  static void start(Napi::Object object, std::shared_ptr<Thought> thought, Landed landed, Napi::Function settle);

  /// Runs it, or waits until it has run. From any thread.
  void finish() noexcept;
  /// After finish(): what the core asks for next; throws what the core threw.
  Asked asked() const;
  /// After finish().
  bool wrote_data() const { return wrote_data_; }
  /// The owner goes: nobody is told of the end.
  void abandon() { abandoned_ = true; }

private:
  struct Flight;
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
