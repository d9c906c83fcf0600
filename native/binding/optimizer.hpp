// The JavaScript object that holds one core optimiser.
//
// Thin: it unpacks arguments, keeps the pointers to the caller's arrays and translates errors. No user code is called
// from here and no pointer is used that TypeScript has not checked at this very evaluation
// (lib/native/parameter-arrays.ts).
#pragma once

#include <napi.h>

#include <memory>
#include <new>
#include <stdexcept>

#include "binding/arrays.hpp"
#include "binding/async_work.hpp"
#include "binding/environment.hpp"
#include "binding/exchange.hpp"
#include "core/memory/memory.hpp"
#include "core/memory/memory_ranges.hpp"
#include "core/optimizer.hpp"

namespace lbfgs {

/// lib/native/native.ts documents the methods.
class NativeOptimizer : public Napi::ObjectWrap<NativeOptimizer> {
public:
  static Napi::Function define(Napi::Env env);

  explicit NativeOptimizer(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;
  /// Its data are the environment's Handles.
  static napi_value tell(napi_env env, napi_callback_info info);

private:
  Napi::Value map_data(const Napi::CallbackInfo& info);
  Napi::Value overlapping_data(const Napi::CallbackInfo& info);
  Napi::Value map_grad(const Napi::CallbackInfo& info);

  void begin(const Napi::CallbackInfo& info);
  void proceed(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void roll_back(const Napi::CallbackInfo& info);
  void write_gradient(const Napi::CallbackInfo& info);

  void fetch(const Napi::CallbackInfo& info);
  void deliver(const Napi::CallbackInfo& info);
  void begin_async(const Napi::CallbackInfo& info);
  void tell_async(const Napi::CallbackInfo& info);
  void proceed_async(const Napi::CallbackInfo& info);

  void read_state(const Napi::CallbackInfo& info);
  Napi::Value export_point(const Napi::CallbackInfo& info);
  void load_point(const Napi::CallbackInfo& info);
  Napi::Value export_vectors(const Napi::CallbackInfo& info);
  Napi::Value export_pair(const Napi::CallbackInfo& info);
  void load(const Napi::CallbackInfo& info);
  void load_pair(const Napi::CallbackInfo& info);
  void reset(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  /// The core at rest or with a request; throws a Napi::Error where it could not be made.
  Optimizer& core();
  /// The core, which waits for this answer.
  Optimizer& core_asking(Asked asked);
  Optimizer& core_at_rest() { return core_asking(Asked::done); }
  ParameterView& parameter(const Napi::Value& index);
  /// Runs work. Where memory cannot be had, says so in the exchange block and returns false.
  template <class Work>
  bool within_memory(Work&& work);
  template <class Run>
  void advance(Napi::Env env, Run&& run);
  /// Runs the work on another thread, and calls `settle` afterwards.
  void start_async(const Napi::CallbackInfo& info, std::function<Asked(Optimizer&)> work, const Napi::Value& settle);
  void free_core(Napi::BasicEnv env);
  void publish(Napi::Env env);
  void report_memory(Napi::BasicEnv env);
  ArrayView vector(const Napi::Value& value);

  Handle handle_;
  std::unique_ptr<Optimizer> core_;
  std::shared_ptr<AsyncWork> async_work_;  // not completed yet
  MemoryRanges data_ranges_;
  Napi::Reference<Napi::Value> exchange_array_;
  Exchange exchange_;
  std::int64_t reported_bytes_ = 0;
};

template <class Work>
bool NativeOptimizer::within_memory(Work&& work) {
  try {
    work();
    return true;
  } catch (const OutOfMemory& error) {
    exchange_.write_out_of_memory(error.bytes());
  } catch (const std::bad_alloc&) {
    exchange_.write_out_of_memory(0.0);
  } catch (const std::length_error&) {
    exchange_.write_out_of_memory(0.0);
  }
  return false;
}

}  // namespace lbfgs
