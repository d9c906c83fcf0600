// The state of an optimiser, out of the core and into it.
#include "binding/arguments.hpp"
#include "binding/optimizer.hpp"

namespace lbfgs {

void NativeOptimizer::read_state(const Napi::CallbackInfo&) {
  exchange_.write_state(core().state(), core().vectors().history_size());
}

Napi::Value NativeOptimizer::export_point(const Napi::CallbackInfo& info) {
  core().vectors().export_point(vector(info[0]).data);
  return Napi::Boolean::New(info.Env(), core().state().unevaluated);
}

void NativeOptimizer::load_point(const Napi::CallbackInfo& info) {
  const auto known = static_cast<Index>(index_at(info, 1));
  require(Env(), known <= core_at_rest().vectors().size(), "at most as many entries as there are");
  core().load_unevaluated_move(vector(info[0]).data, known);
}

Napi::Value NativeOptimizer::export_vectors(const Napi::CallbackInfo& info) {
  require(Env(), core().state().n_iter > 0, "a state with vectors");
  core().vectors().export_direction(vector(info[0]).data);
  core().vectors().export_gradient(core().state().prev_gradient, vector(info[1]).data);
  return Napi::Number::New(info.Env(), core().vectors().slope(core().state().prev_gradient));
}

Napi::Value NativeOptimizer::export_pair(const Napi::CallbackInfo& info) {
  const auto age = static_cast<Index>(index_at(info, 0));
  require(Env(), age < core().vectors().history_size(), "the age of a pair");
  const double rho = core().vectors().export_pair(age, vector(info[1]).data, vector(info[2]).data);
  return Napi::Number::New(info.Env(), rho);
}

void NativeOptimizer::load(const Napi::CallbackInfo& info) {
  const Options options = exchange_.options();
  const auto resize = [&] {
    core_at_rest().vectors().resize_history(static_cast<Index>(options.history_size), options.history_dtype, options.diagonal);
  };
  if (!within_memory(resize)) return;
  State state = exchange_.state();
  if (state.n_iter > 0) {
    state.prev_gradient = 0;
    core().vectors().import_direction(vector(info[0]).data);
    core().vectors().import_gradient(state.prev_gradient, vector(info[1]).data);
  }
  core().load(state, options.tolerance_change);
  publish(info.Env());
}

void NativeOptimizer::load_pair(const Napi::CallbackInfo& info) {
  core_at_rest().vectors().import_pair(vector(info[0]).data, vector(info[1]).data, info[2].As<Napi::Number>());
  publish(info.Env());
}

}  // namespace lbfgs
