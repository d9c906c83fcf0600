// Operations on whole vectors outside of an optimiser.
#pragma once

#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"

namespace lbfgs {

template <class T>
bool all_finite(const T* v, Index n) {
  const auto& vector = kernels<VectorKernels<T>>(n);
  return Chunks(n).all([=](Index at, Index size, int) { return vector.summarise(v + at, size).finite; });
}

/// a . b
template <class T>
double dot(const T* a, const T* b, Index n) {
  const auto& vector = kernels<VectorKernels<T>>(n);
  return Chunks(n)
      .summary([=](Index at, Index size, int) { return Summary{vector.dot(a + at, b + at, size)}; })
      .product;
}

}  // namespace lbfgs
