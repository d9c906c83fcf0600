// The two-loop recursion for vectors so short that what they cost is waiting for one result after the other.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "index.hpp"
#include "short_vectors.hpp"
#include "storage.hpp"

namespace lbfgs::pair_by_pair {

/// Pairs in rows that go round, with what belongs to each by row.
template <class H>
struct Ring {
  Rows<H> s;
  Rows<H> y;
  const double* rho;
  const double* links;  ///< of its y with the s of the pair before
  double* alphas;       ///< room for the first loop's
  Index rows;
  Index oldest;
  Index newest;

  // The row of the pair before, or after, or this one where it is the last.
  Index older(Index row) const {
    if (row == oldest) return row;
    return row == 0 ? rows - 1 : row - 1;
  }
  Index newer(Index row) const {
    if (row == newest) return row;
    return row + 1 == rows ? 0 : row + 1;
  }
};

// As vectors of T are multiplied by it.
template <class T>
double as_factor(double value) {
  return static_cast<double>(static_cast<T>(value));
}

// `value`, a multiple of `rest`, the product less its part along the last pair; zero where that is what rounding left
// of next to nothing. Vectors in a space that the pairs have filled would otherwise dwindle to subnormal numbers,
// which are slow.
template <class T>
double unless_noise(double rest, double product, double value) {
  constexpr double rounding = 4.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
  return std::abs(rest) < rounding * std::abs(product) ? 0.0 : value;
}

template <class Length, class T, class H>
double direction_of(Length n, const Ring<H>& pairs, double h_diag, const T* g, T* d) {
  using namespace short_vectors;
  constexpr bool in_registers = !std::is_same_v<Length, Index>;
  T registers[4];
  T* const q = in_registers ? registers : d;
  const auto [s, y, rho, links, alphas, rows, oldest, newest] = pairs;

  Index row = newest;
  Index before = pairs.older(row);
  double alpha = as_factor<T>(rho[row] * scale_dot(-1.0, g, q, s.row(row), n));
  double product = dot(s.row(before), q, n);  // of the pair before with this q
  while (row != oldest) {
    alphas[row] = alpha;
    const double rest = product - alpha * links[row];
    const double alpha_before = as_factor<T>(unless_noise<T>(rest, product, rho[before] * rest));
    const Index ahead = pairs.older(before);
    product = axpy_dot(-alpha, y.row(row), q, s.row(ahead), n);
    alpha = alpha_before;
    row = before;
    before = ahead;
  }
  double step = alpha - rho[row] * axpy_scale_dot(-alpha, y.row(row), h_diag, q, y.row(row), n);
  Index after = pairs.newer(row);
  product = dot(y.row(after), q, n);  // of the pair after with this q
  while (row != newest) {
    step = as_factor<T>(step);
    const double rest = product + step * links[after];
    const double step_after = alphas[after] - unless_noise<T>(rest, product, rho[after] * rest);
    const Index ahead = pairs.newer(after);
    product = axpy_dot(step, s.row(row), q, y.row(ahead), n);
    step = step_after;
    row = after;
    after = ahead;
  }
  const double slope = axpy_dot(step, s.row(row), q, g, n);
  if constexpr (in_registers) std::copy_n(q, n(), d);
  return slope;
}

/// d <- -H g; returns d . g. Each update is fused with the product of the pair after the next. The shortest vectors
/// have code for their very length, which keeps d in registers.
template <class T, class H>
double direction(const Ring<H>& pairs, double h_diag, const T* g, T* d, Index n) {
  switch (n) {
    case 1:
      return direction_of(std::integral_constant<Index, 1>(), pairs, h_diag, g, d);
    case 2:
      return direction_of(std::integral_constant<Index, 2>(), pairs, h_diag, g, d);
    case 3:
      return direction_of(std::integral_constant<Index, 3>(), pairs, h_diag, g, d);
    case 4:
      return direction_of(std::integral_constant<Index, 4>(), pairs, h_diag, g, d);
    default:
      return direction_of(n, pairs, h_diag, g, d);
  }
}

}  // namespace lbfgs::pair_by_pair
