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

std::vector<ParameterView> unpack_parameters(const Napi::Array& sizes, const Napi::Array& dtypes) {
  std::vector<ParameterView> views(sizes.Length());
  for (std::uint32_t index = 0; index < sizes.Length(); ++index) {
    views[index].size = static_cast<Index>(sizes.Get(index).As<Napi::Number>().Int64Value());
    views[index].dtype = dtype_of_name(dtypes.Get(index));
  }
  return views;
}

Region region_of(const Napi::Value& value, const Parameters& parameters) {
  const bool is_one = parameters.count() == 1 && parameters.all_of(Dtype::float64);
  require(value.Env(), is_one && value.IsArray(), "a region of one float64 parameter");
  const auto side = [&](std::uint32_t index) -> PerCoordinate {
    const Napi::Value numbers = value.As<Napi::Array>().Get(index);
    if (numbers.IsNumber()) return {numbers.As<Napi::Number>().DoubleValue(), nullptr};
    return {0.0, static_cast<const double*>(view_array(numbers, Dtype::float64, parameters.size()).data)};
  };
  return {side(0), side(1), side(2)};
}

}  // namespace lbfgs
