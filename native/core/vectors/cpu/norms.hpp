// What a solve measures of whole vectors besides their products.
#pragma once

#include <Eigen/Core>
#include <cmath>

#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/kernels/kernels.hpp"

namespace lbfgs {

/// |v|_2, also where its square is beyond the range of double.
template <class T>
double norm2(Chunks& chunks, const VectorKernels<T>& kernels, const T* v, Index n) {
  const Summary found = chunks.summary([&](Index at, Index size, int) { return kernels.summarise(v + at, size); });
  constexpr double least = 1e-280;  // above it no square that counts was rounded as a denormal number
  if ((found.product > least && std::isfinite(found.product)) || found.max == 0.0) return std::sqrt(found.product);
  double sum = 0.0;
  for (Index i = 0; i < n; ++i) sum += (v[i] / found.max) * (v[i] / found.max);
  return found.max * std::sqrt(sum);
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
