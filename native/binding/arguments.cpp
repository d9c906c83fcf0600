#include "binding/arguments.hpp"

namespace lbfgs {

ArrayView view_array(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  // Not Napi::TypedArray: it asks for the ArrayBuffer, which an array on shared memory does not have.
  const napi_status status = napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || (type != napi_float32_array && type != napi_float64_array)) {
    throw Napi::TypeError::New(env, "Expected a Float32Array or a Float64Array");
  }
  return {type == napi_float32_array ? Dtype::float32 : Dtype::float64, static_cast<Index>(length), data};
}

ArrayView view_array(const Napi::Value& value, Dtype dtype, Index size) {
  const ArrayView view = view_array(value);
  if (view.dtype != dtype || view.size != size) {
    throw Napi::TypeError::New(value.Env(), "Expected an array of " + std::to_string(size) + " entries of " +
                                                (dtype == Dtype::float32 ? "float32" : "float64"));
  }
  return view;
}

}  // namespace lbfgs
