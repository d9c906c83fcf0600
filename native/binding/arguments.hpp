// The arguments of the addon's functions. TypeScript has checked them: what is refused here is a fault of its own, or
// of a program that reached the addon by itself.
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

/// The first two arguments: entries of vectors of n.
inline Entries entries_of(const Napi::CallbackInfo& info, Index n) {
  const Entries entries{index_at(info, 0), index_at(info, 1)};
  require(info.Env(), entries.at <= n && entries.size <= n - entries.at, "entries that there are");
  return entries;
}

inline Dtype dtype_of_name(const Napi::Value& name) {
  return name.As<Napi::String>().Utf8Value() == "float32" ? Dtype::float32 : Dtype::float64;
}

/// A typed array, seen as memory.
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

/// [lower, upper, weights], each a number or an array of n numbers.
Region region_of(const Napi::Value& value, const Parameters& parameters);

}  // namespace lbfgs
