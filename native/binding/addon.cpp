// Entry point of the addon. Every main thread, worker thread and context that loads it has an Environment of its own
// (environment.hpp). All of them share what belongs to the process: the helper threads, the memory kept for reuse, the
// chosen instruction set and MPI.
#include <napi.h>

#include "binding/arguments.hpp"
#include "binding/mpi.hpp"
#include "binding/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "core/vectors/cpu/gradient_check.hpp"
#include "core/vectors/cpu/whole_vectors.hpp"

namespace {

Napi::Value all_finite(const Napi::CallbackInfo& info) {
  const lbfgs::ArrayView view = lbfgs::view_array(info[0]);
  const bool finite = view.dtype == lbfgs::Dtype::float32
                          ? lbfgs::all_finite(static_cast<const float*>(view.data), view.size)
                          : lbfgs::all_finite(static_cast<const double*>(view.data), view.size);
  return Napi::Boolean::New(info.Env(), finite);
}

// The data of a Float64Array of this length, for the vector arithmetic of checkGradient.
double* float64(const Napi::Value& value, lbfgs::Index size) {
  return static_cast<double*>(lbfgs::view_array(value, lbfgs::Dtype::float64, size).data);
}

Napi::Value perturb(const Napi::CallbackInfo& info) {
  const lbfgs::Index n = lbfgs::view_array(info[0]).size;
  lbfgs::perturb(float64(info[0], n), info[1].As<Napi::Number>().DoubleValue(), float64(info[2], n),
                 float64(info[3], n), n);
  return info.Env().Undefined();
}

Napi::Value dot(const Napi::CallbackInfo& info) {
  const lbfgs::Index n = lbfgs::view_array(info[0]).size;
  return Napi::Number::New(info.Env(), lbfgs::dot(float64(info[0], n), float64(info[1], n), n));
}

Napi::Value fill_direction(const Napi::CallbackInfo& info) {
  const lbfgs::Index n = lbfgs::view_array(info[0]).size;
  lbfgs::fill_direction(float64(info[0], n), float64(info[1], n),
                        static_cast<std::uint64_t>(info[2].As<Napi::Number>().Int64Value()),
                        static_cast<lbfgs::Index>(info[3].As<Napi::Number>().Int64Value()),
                        static_cast<lbfgs::Index>(info[4].As<Napi::Number>().Int64Value()), n);
  return info.Env().Undefined();
}

Napi::Value estimate_memory(const Napi::CallbackInfo& info) {
  const lbfgs::Index n = lbfgs::index_at(info, 0);
  const lbfgs::Index history_size = lbfgs::index_at(info, 2);
  const int threads = info[4].As<Napi::Number>();
  const bool copied = info[5].As<Napi::Boolean>();
  return Napi::Number::New(info.Env(), lbfgs::cpu_vectors_bytes(n, lbfgs::dtype_of_name(info[1]), history_size,
                                                                lbfgs::dtype_of_name(info[3]), threads, copied));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* const environment = new std::shared_ptr<lbfgs::Environment>(std::make_shared<lbfgs::Environment>());
  env.SetInstanceData(environment);
  exports.Set("NativeOptimizer", lbfgs::NativeOptimizer::define(env));
  exports.DefineProperty(napi_property_descriptor{"tell", nullptr, lbfgs::NativeOptimizer::tell, nullptr, nullptr,
                                                  nullptr, napi_default_jsproperty, environment->get()});
  exports.Set("allFinite", Napi::Function::New<all_finite>(env, "allFinite"));
  exports.Set("estimateMemory", Napi::Function::New<estimate_memory>(env, "estimateMemory"));
  exports.Set("perturb", Napi::Function::New<perturb>(env, "perturb"));
  exports.Set("dot", Napi::Function::New<dot>(env, "dot"));
  exports.Set("instructionSet", Napi::String::New(env, std::string(lbfgs::instruction_set().name)));
  exports.Set("layout", Napi::String::New(env, lbfgs::layout()));
  exports.Set("fillDirection", Napi::Function::New<fill_direction>(env, "fillDirection"));
#if !defined(_WIN32)
  exports.Set("mpi", Napi::Value(env, lbfgs::mpi_functions(env)));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(lbfgs, init)
