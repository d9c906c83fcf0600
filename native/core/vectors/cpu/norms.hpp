// Norms and products of whole vectors.
#pragma once

#include <Eigen/Core>
#include <cmath>

#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/kernels/kernels.hpp"

namespace lbfgs {

/// The product w . w and max|w|, where w = v / scale. scale: 1 or max|v|.
template <class T>
Summary squares(Chunks& chunks, const VectorKernels<T>& kernels, const T* v, Index n, double scale) {
  if (scale == 1.0) return chunks.summary([&](Index at, Index size, int) { return kernels.summarise(v + at, size); });
  Summary sum;
  for (Index i = 0; i < n; ++i) sum.product += (v[i] / scale) * (v[i] / scale);
  sum.max = 1.0;
  return sum;
}

/// sum |v_i|
template <class T>
double norm1(Chunks& chunks, const VectorKernels<T>& kernels, const T* v) {
  return chunks.summary([&](Index at, Index size, int) { return Summary{kernels.norm1(v + at, size)}; }).product;
}

/// a . b
template <class T>
double dot(Chunks& chunks, const VectorKernels<T>& kernels, const T* a, const T* b) {
  return chunks.summary([&](Index at, Index size, int) { return Summary{kernels.dot(a + at, b + at, size)}; }).product;
}

/// sum |a_i b_i|
template <class T>
double absolute_dot(Chunks& chunks, const T* a, const T* b) {
  return chunks
      .summary([&](Index at, Index size, int) {
        Summary sum;
        for (Index i = at; i < at + size; ++i) sum.product += std::abs(static_cast<double>(a[i]) * b[i]);
        return sum;
      })
      .product;
}

/// Whether every entry is a number of float32.
template <class T>
bool is_float32(const T* v, Index n) {
  const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> entries(v, n);
  return (entries.template cast<float>().template cast<T>() == entries).all();
}

}  // namespace lbfgs
