// JavaScript's typed arrays, seen as memory.
#pragma once

#include <napi.h>

#include <cstddef>

#include "core/vectors/parameters.hpp"

namespace lbfgs {

struct ArrayView {
  Dtype dtype;
  Index size;
  void* data;

  std::size_t bytes() const { return static_cast<std::size_t>(size) * (dtype == Dtype::float32 ? 4 : 8); }
};

/// The memory of a Float32Array or Float64Array; throws a TypeError for anything else. Shared memory is allowed. The
/// pointer holds until the array is detached or resized: whoever keeps it looks at the array again before every use.
ArrayView view_array(const Napi::Value& value);

/// The same, of exactly this dtype and length.
ArrayView view_array(const Napi::Value& value, Dtype dtype, Index size);

}  // namespace lbfgs
