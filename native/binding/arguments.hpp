// The arguments of the addon's functions. TypeScript has checked them: an argument that is refused here comes from a
// bug in TypeScript, or from a program that calls the addon directly.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>
#include <vector>

#include "core/vectors/vectors.hpp"

namespace lbfgs {

inline void require(Napi::Env env, bool holds, const char* expected) {
  if (!holds) throw Napi::Error::New(env, std::string("Expected ") + expected);
}

inline Index index_at(const Napi::CallbackInfo& info, std::size_t argument) {
  const std::int64_t index = info[argument].As<Napi::Number>().Int64Value();
  require(info.Env(), index >= 0, "an index");
  return static_cast<Index>(index);
}

/// Entries [at, at + size) of a vector.
struct Entries {
  Index at;
  Index size;
};

/// The first two arguments, as entries of vectors of n; throws a Napi::Error where they are out of range.
inline Entries entries_of(const Napi::CallbackInfo& info, Index n) {
  const Entries entries{index_at(info, 0), index_at(info, 1)};
  require(info.Env(), entries.at <= n && entries.size <= n - entries.at, "entries that there are");
  return entries;
}

inline Dtype dtype_of_name(const Napi::Value& name) {
  return name.As<Napi::String>().Utf8Value() == "float32" ? Dtype::float32 : Dtype::float64;
}

/// The memory of a typed array: `size` entries of `dtype`.
struct ArrayView {
  Dtype dtype;
  Index size;
  void* data;
};

/// The memory of a Float32Array or Float64Array, shared or not; throws a TypeError for anything else. The pointer is
/// valid until the array is detached or resized, so the array has to be looked at again before every later use.
ArrayView view_array(const Napi::Value& value);

/// The memory of an array of exactly this dtype and length; throws a TypeError for anything else.
ArrayView view_array(const Napi::Value& value, Dtype dtype, Index size);

/// Parameters of these sizes and dtypes, whose arrays are out of reach.
std::vector<ParameterView> unpack_parameters(const Napi::Array& sizes, const Napi::Array& dtypes);

/// The region in the array [lower, upper, weights], each a number or a Float64Array of n numbers. The parameters must
/// be one of float64. Throws a Napi::Error for anything else.
Region region_of(const Napi::Value& value, const Parameters& parameters);

}  // namespace lbfgs
