// Products of short vectors, fused with what changes the vectors.
#pragma once

#include <Eigen/Core>
#include <array>

#include "index.hpp"

namespace lbfgs::short_vectors {

// The sum of term(i) over [0, n): in eight interleaved partial sums as far as there are as many terms, and the rest.
template <class Length, class Term>
EIGEN_ALWAYS_INLINE double sum_over(Length n, Term&& term) {
  constexpr Index lanes = 8;
  double rest = 0.0;
  if (n < lanes) {
    for (Index i = 0; i < n; ++i) rest += term(i);
    return rest;
  }
  std::array<double, lanes> part{};
  Index i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) part[static_cast<std::size_t>(lane)] += term(i + lane);
  }
  for (; i < n; ++i) rest += term(i);
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7])) + rest;
}

template <class A, class B>
double product(A a, B b) {
  return static_cast<double>(a) * static_cast<double>(b);
}

template <class Length, class A, class B>
double dot(const A* a, const B* b, Length n) {
  return sum_over(n, [=](Index i) { return product(a[i], b[i]); });
}

// d <- alpha g; returns d . z.
template <class Length, class T, class Z>
double scale_dot(double alpha, const T* g, T* d, const Z* z, Length n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    d[i] = factor * g[i];
    return product(d[i], z[i]);
  });
}

// d <- d + alpha x; returns d . z.
template <class Length, class T, class H, class Z>
EIGEN_ALWAYS_INLINE double axpy_dot(double alpha, const H* x, T* d, const Z* z, Length n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    d[i] += factor * static_cast<T>(x[i]);
    return product(d[i], z[i]);
  });
}

// d <- gamma (d + alpha x); returns d . z.
template <class Length, class T, class H, class Z>
double axpy_scale_dot(double alpha, const H* x, double gamma, T* d, const Z* z, Length n) {
  const auto factor = static_cast<T>(alpha);
  const auto scale = static_cast<T>(gamma);
  return sum_over(n, [=](Index i) {
    d[i] = scale * (d[i] + factor * static_cast<T>(x[i]));
    return product(d[i], z[i]);
  });
}

}  // namespace lbfgs::short_vectors
