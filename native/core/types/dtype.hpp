// The two types of entries.
#pragma once

#include <cstddef>
#include <type_traits>

namespace lbfgs {

enum class Dtype { float32, float64 };

template <class T>
inline constexpr Dtype dtype_of = std::is_same_v<T, float> ? Dtype::float32 : Dtype::float64;

/// Calls work with the entry type of `dtype`. Inlined: a call would cost short vectors as much as the work.
template <class Work>
[[gnu::always_inline]] inline decltype(auto) with_type(Dtype dtype, Work&& work) {
  return dtype == Dtype::float32 ? work(float{}) : work(double{});
}

}  // namespace lbfgs
