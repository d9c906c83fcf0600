// Functions that are sums of terms, one for each variable. Each process adds the terms of its own variables.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

#include "driver.hpp"

namespace lbfgs::test {

/// Terms of a loss, one for each entry of x, and its gradient.
using Terms = std::function<Vector(const Vector& x, Vector& g)>;

/// Chained Rosenbrock; the last term is that of its first variable.
inline Vector chained_rosenbrock(const Vector& x, Vector& g) {
  Vector terms(x.size());
  g.assign(x.size(), 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = 1.0 - x[i];
    const double b = x[i + 1] - x[i] * x[i];
    terms[i] = a * a + 100.0 * b * b;
    g[i] -= 2.0 * a + 400.0 * b * x[i];
    g[i + 1] += 200.0 * b;
  }
  return terms;
}

/// A convex function: its terms couple neighbours, and pull x_i to 0 with a weight of 1 + i.
inline Vector chained_cosh(const Vector& x, Vector& g) {
  Vector terms(x.size());
  g.assign(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double pull = 1.0 + static_cast<double>(i);
    terms[i] = pull * (std::cosh(x[i]) - 1.0);
    g[i] += pull * std::sinh(x[i]);
    if (i + 1 == x.size()) continue;
    const double apart = x[i + 1] - x[i] - 1.0;
    terms[i] += 0.5 * apart * apart;
    g[i] -= apart;
    g[i + 1] += apart;
  }
  return terms;
}

inline Vector start_of(std::size_t n) {
  Vector x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = i % 2 == 0 ? -1.2 : 1.0;
  return x;
}

/// The sum of the numbers, as processes compute it: of the sums of the parts, in their order.
inline double added(const Vector& numbers, const std::vector<std::size_t>& sizes) {
  double all = 0.0;
  auto at = numbers.begin();
  for (const std::size_t size : sizes) {
    all += std::accumulate(at, at + static_cast<std::ptrdiff_t>(size), 0.0);
    at += static_cast<std::ptrdiff_t>(size);
  }
  return all;
}

inline double distance(const Vector& a, const Vector& b) {
  REQUIRE(a.size() == b.size());
  double far = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) far = std::max(far, std::abs(a[i] - b[i]));
  return far;
}

/// The sizes of parts of n entries, which differ by at most 1.
inline std::vector<std::size_t> even(std::size_t n, std::size_t ranks) {
  std::vector<std::size_t> sizes;
  for (std::size_t r = 0; r < ranks; ++r) sizes.push_back((r + 1) * n / ranks - r * n / ranks);
  return sizes;
}

}  // namespace lbfgs::test
