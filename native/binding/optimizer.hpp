// The JavaScript object that holds one core optimiser.
//
// The object unpacks arguments, keeps the pointers to the caller's arrays and translates errors. It calls no user code,
// and uses no pointer that TypeScript has not checked at this very evaluation (lib/native/parameter-arrays.ts).
#pragma once

#include <napi.h>

#include <memory>

#include "binding/arguments.hpp"
#include "binding/async_work.hpp"
#include "binding/environment.hpp"
#include "binding/exchange.hpp"
#include "core/memory/memory_ranges.hpp"
#include "core/optimizer.hpp"

namespace lbfgs {

/// lib/native/native.ts documents the methods.
class NativeOptimizer : public Napi::ObjectWrap<NativeOptimizer> {
public:
  static Napi::Function define(Napi::Env env);

  explicit NativeOptimizer(const Napi::CallbackInfo& info);
  ~NativeOptimizer() override { environment_->remove(handle_); }
  void Finalize(Napi::BasicEnv env) override { free_core(env); }
  /// A function of the addon, not a method. The data pointer of its napi_callback_info is the Environment.
  static napi_value tell(napi_env env, napi_callback_info info);

private:
  Napi::Value set_region(const Napi::CallbackInfo& info);
  Napi::Value map_data(const Napi::CallbackInfo& info);
  Napi::Value overlapping_data(const Napi::CallbackInfo& info);
  Napi::Value map_grad(const Napi::CallbackInfo& info);

  void begin(const Napi::CallbackInfo& info) {
    const bool report_iterations = info[0].As<Napi::Boolean>();
    run_or_start(info, 1, [report_iterations, options = exchange_.options()](Optimizer& core) {
      return core.begin(options, report_iterations);
    });
  }
  void proceed(const Napi::CallbackInfo& info) {
    core_asking(Asked::iteration);
    const bool go_on = info[0].As<Napi::Boolean>();
    run_or_start(info, 1, [go_on](Optimizer& core) { return core.proceed(go_on); });
  }
  void read_sums(const Napi::CallbackInfo& info);
  void reduced(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info) {
    require(info.Env(), core().running(), "a step in progress");
    core().cancel(static_cast<Status>(info[0].As<Napi::Number>().Int32Value()), exchange_.called());
    publish(info.Env());
  }
  void roll_back(const Napi::CallbackInfo& info);
  void write_gradient(const Napi::CallbackInfo&) {
    require(Env(), core().gradient_stale(), "a gradient to write");
    core().write_gradient();
  }

  void fetch(const Napi::CallbackInfo& info) {
    const Entries entries = entries_of(info, vectors().size());
    const bool values = info[2].As<Napi::Boolean>();
    const bool gradients = info[3].As<Napi::Boolean>();
    exchange_.within_memory([&] { vectors().fetch(entries.at, entries.size, values, gradients); });
  }
  void deliver(const Napi::CallbackInfo& info) {
    const Entries entries = entries_of(info, vectors().size());
    vectors().deliver(entries.at, entries.size);
  }
  void tell_async(const Napi::CallbackInfo& info) {
    core_asking(Asked::evaluate);
    start(
        info, [loss = exchange_.told_loss()](Optimizer& core) { return core.tell(loss); }, info[0]);
  }

  void read_state(const Napi::CallbackInfo&) { exchange_.write_state(core().state(), vectors().history_size()); }
  Napi::Value read_search(const Napi::CallbackInfo& info);
  Napi::Value export_point(const Napi::CallbackInfo& info) {
    vectors().export_point(vector(info[0]).data);
    return Napi::Boolean::New(info.Env(), core().state().unevaluated);
  }
  Napi::Value export_vectors(const Napi::CallbackInfo& info) {
    require(Env(), core().state().n_iter > 0, "a state with vectors");
    vectors().export_direction(vector(info[0]).data);
    vectors().export_gradient(core().state().prev_gradient, vector(info[1]).data);
    return Napi::Number::New(info.Env(), vectors().slope(core().state().prev_gradient));
  }
  Napi::Value export_pair(const Napi::CallbackInfo& info) {
    const auto age = index_at(info, 0);
    require(Env(), age < vectors().history_size(), "the age of a pair");
    const double rho = vectors().export_pair(age, vector(info[1]).data, vector(info[2]).data);
    return Napi::Number::New(info.Env(), rho);
  }
  void check_history(const Napi::CallbackInfo&) {
    const Options options = exchange_.options();
    exchange_.within_memory(
        [&] { vectors().check_history(static_cast<Index>(options.history_size), options.history_dtype); });
  }
  void load(const Napi::CallbackInfo& info) {
    const Options options = exchange_.options();
    State state = exchange_.state();
    const ArrayView d = vector(info[0]);
    const ArrayView gradient = vector(info[1]);
    if (!exchange_.within_memory([&] { core_at_rest().prepare_load(options); })) return;
    forget();
    if (state.n_iter > 0) {
      state.prev_gradient = 0;
      vectors().import_direction(d.data);
      vectors().import_gradient(state.prev_gradient, gradient.data);
    }
    core().load(state, options.tolerance_change);
    publish(info.Env());
  }
  void load_pair(const Napi::CallbackInfo& info) {
    core_at_rest().vectors().import_pair(vector(info[0]).data, vector(info[1]).data, info[2].As<Napi::Number>());
    publish(info.Env());
  }
  void extend(const Napi::CallbackInfo& info) {
    NativeOptimizer* const from = environment_->at(info[0].As<Napi::Number>().Uint32Value());
    require(Env(), from != nullptr && from != this, "the handle of another optimiser");
    const Optimizer& source = from->core_at_rest();
    require(Env(), source.vectors().size() <= core_at_rest().vectors().size(), "an optimiser of no more parameters");
    if (exchange_.within_memory([&] { core().extend(source); })) publish(info.Env());
  }
  void reset(const Napi::CallbackInfo& info) {
    forget();
    publish(info.Env());
  }
  void dispose(const Napi::CallbackInfo& info);

  /// The core, after async work on it has ended; throws a Napi::Error where the core could not be made for want of
  /// memory.
  Optimizer& core() {
    require(Env(), core_ != nullptr, "memory for the optimiser");
    if (async_work_) async_work_->finish();
    return *core_;
  }
  /// The core, whose pending request is `asked`; throws a Napi::Error where it is another.
  Optimizer& core_asking(Asked asked) {
    Optimizer& core = this->core();
    require(Env(), core.asked() == asked, "an answer to what the core asks for");
    return core;
  }
  Optimizer& core_at_rest() { return core_asking(Asked::done); }
  Vectors& vectors() { return core().vectors(); }
  ParameterView& parameter(const Napi::Value& index) {
    Parameters& parameters = vectors().parameters();
    const std::int64_t number = index.As<Napi::Number>().Int64Value();
    require(Env(), number >= 0 && static_cast<std::size_t>(number) < parameters.count(), "the index of a parameter");
    return parameters[static_cast<std::size_t>(number)];
  }
  /// Runs the core to its next request, and writes the request into the exchange block.
  template <class Work>
  void run(Napi::Env env, Work&& work) {
    Asked asked{};
    const bool has_run = exchange_.within_memory([&] { asked = work(); });
    if (has_run) exchange_.write_asked(asked);
    if (!has_run || asked == Asked::done) {
      publish(env);
    } else if (asked == Asked::iteration) {
      exchange_.write_outcome(core().outcome(), core().gradient_stale());
    } else if (asked == Asked::reduce) {
      exchange_.write_reduction(core().sums());
    }
  }
  /// Runs the core on another thread if the method was called with an argument at the index `settle`, the function to
  /// be called afterwards.
  template <class Work>
  void run_or_start(const Napi::CallbackInfo& info, std::size_t settle, Work&& work) {
    if (info.Length() > settle) return start(info, std::forward<Work>(work), info[settle]);
    run(info.Env(), [&] { return work(core()); });
  }
  void start(const Napi::CallbackInfo& info, std::function<Asked(Optimizer&)> work, const Napi::Value& settle);
  /// Forgets the state and the caller's arrays.
  void forget() {
    core().reset();
    Parameters& parameters = vectors().parameters();
    for (std::size_t index = 0; index < parameters.count(); ++index) {
      parameters[index].data = nullptr;
      parameters[index].grad = nullptr;
    }
  }
  void free_core(Napi::BasicEnv env) {
    if (async_work_) {
      async_work_->finish();
      async_work_->abandon();
    }
    core_.reset();
    report_memory(env);
  }
  /// The data of a Float64Array with room for all of these sums and maxima; throws a Napi::Error for anything else.
  static double* numbers_for(const Sums& sums, const Napi::Value& value);
  void publish(Napi::Env env);
  void report_memory(Napi::BasicEnv env);
  ArrayView vector(const Napi::Value& value) { return view_array(value, vectors().dtype(), vectors().size()); }

  // Shared, because Node does not define whether the environment or its objects are destroyed first.
  std::shared_ptr<Environment> environment_;
  std::uint32_t handle_ = 0;
  std::unique_ptr<Optimizer> core_;
  std::shared_ptr<AsyncWork> async_work_;  // not completed yet
  MemoryRanges data_ranges_;
  Napi::Reference<Napi::Value> exchange_array_;
  Napi::Reference<Napi::Value> region_arrays_;
  Exchange exchange_;
  std::int64_t reported_bytes_ = 0;
};

}  // namespace lbfgs
