// The two-loop recursion for vectors so short that they stay in registers. Its time is the latency of operations that
// depend on each other.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/row_products.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::load;
using simd::load_wide;
using simd::rounded;
using simd::widen;

// A vector of T in `size` registers.
template <class T, std::size_t size>
class ShortVector {
public:
  explicit ShortVector(Index n) : last_{static_cast<int>(n) - (static_cast<int>(size) - 1) * simd::width} {}

  // this <- -g
  void set_to_minus(const T* g) {
    for_each([&](auto r, auto part) { entries_[r] = simd::only(-load(g + at(r), part), part); });
  }
  // this <- this + alpha x
  template <class H>
  void add(double alpha, const H* x) {
    const auto factor = static_cast<T>(alpha);
    for_each([&](auto r, auto part) {
      entries_[r] = simd::only(entries_[r] + factor * rounded<T, H>(load(x + at(r), part)), part);
    });
  }
  // this <- gamma this
  void scale(double gamma) {
    const auto factor = static_cast<T>(gamma);
    for_each([&](auto r, auto part) { entries_[r] = simd::only(factor * entries_[r], part); });
  }
  // this <- D this
  void multiply_by_diagonal(const double* inverse) {
    for_each([&](auto r, auto part) {
      const Register product = widen(entries_[r]) / load(inverse + at(r), part);
      entries_[r] = simd::only(rounded<T, double>(product), part);  // behind the end the quotient is 0 / 0
    });
  }
  template <class V>
  double dot(const V* v) const {
    Lanes sum;
    for_each([&](auto r, auto part) {
      Register& lane = sum.part[r % simd::parts];
      lane = add_product<T, V>(lane, widen(entries_[r]), load_wide(v + at(r), part));
    });
    return sum.sum();
  }
  void store(T* to) const {
    for_each([&](auto r, auto part) { simd::store(to + at(r), entries_[r], part); });
  }
  // The summary of this, with its product with v.
  Summary summary_with(const T* v) const {
    simd::Extent<T> extent;
    for_each([&](auto r, auto) { extent.see(r % simd::parts, entries_[r]); });
    return {dot(v), extent.max(), extent.finite()};
  }

private:
  static constexpr Index at(std::size_t r) { return static_cast<Index>(r) * simd::width; }

  // Calls step(r, part) for each register, r being a constant: the entries would be in memory otherwise.
  template <class Step>
  LBFGS_ALWAYS_INLINE void for_each(Step&& step) const {
    for_each_whole(step, std::make_index_sequence<size - 1>());
    step(std::integral_constant<std::size_t, size - 1>(), last_);
  }
  template <class Step, std::size_t... r>
  LBFGS_ALWAYS_INLINE void for_each_whole(Step& step, std::index_sequence<r...>) const {
    (step(std::integral_constant<std::size_t, r>(), simd::Whole{}), ...);
  }

  simd::First last_;
  simd::RegisterOf<T> entries_[size];
};

// The factor as add() and scale() use it: rounded to T.
template <class T>
inline double as_factor(double value) {
  return static_cast<double>(static_cast<T>(value));
}

// `value`, a multiple of `rest`, which is `product` less its part along the last pair. Zero where `rest` is but
// rounding error of `product`: otherwise a vector in the span of the pairs would shrink to subnormal numbers, which are
// slow.
template <class T>
inline double unless_noise(double rest, double product, double value) {
  constexpr double rounding = 4.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
  return simd::magnitude(rest) < rounding * simd::magnitude(product) ? 0.0 : value;
}

// The row of the next older or the next newer pair; `row` itself where there is none.
template <class H>
inline Index older(const PairRing<H>& pairs, Index row) {
  if (row == pairs.oldest) return row;
  return row == 0 ? pairs.rows - 1 : row - 1;
}
template <class H>
inline Index newer(const PairRing<H>& pairs, Index row) {
  if (row == pairs.newest) return row;
  return row + 1 == pairs.rows ? 0 : row + 1;
}

// Source: Nocedal & Wright algorithm 7.4. Departure: the product of each pair is taken one pair earlier, and corrected
// by the link of the two pairs, so that it does not depend on the latest vector.
template <std::size_t size, class T, class H>
Summary recursion(const PairRing<H>& ring, double h_diag, const T* g, T* d, Index n) {
  const PairRing<H> pairs = ring;  // a copy, which the stores below cannot alias
  const auto s = [&](Index row) { return pairs.s + row * pairs.stride; };
  const auto y = [&](Index row) { return pairs.y + row * pairs.stride; };
  ShortVector<T, size> q(n);
  q.set_to_minus(g);

  Index row = pairs.newest;
  Index before = older(pairs, row);
  double alpha = as_factor<T>(pairs.rho[row] * q.dot(s(row)));
  double product = q.dot(s(before));
  while (row != pairs.oldest) {
    pairs.alphas[row] = alpha;
    const double rest = product - alpha * pairs.links[row];
    const double alpha_before = as_factor<T>(unless_noise<T>(rest, product, pairs.rho[before] * rest));
    const Index ahead = older(pairs, before);
    q.add(-alpha, y(row));
    product = q.dot(s(ahead));
    alpha = alpha_before;
    row = before;
    before = ahead;
  }
  q.add(-alpha, y(row));
  if (pairs.inverse_diagonal == nullptr) {
    q.scale(h_diag);
  } else {
    q.multiply_by_diagonal(pairs.inverse_diagonal);
  }
  double step = alpha - pairs.rho[row] * q.dot(y(row));
  Index after = newer(pairs, row);
  product = q.dot(y(after));
  while (row != pairs.newest) {
    step = as_factor<T>(step);
    const double rest = product + step * pairs.links[after];
    const double step_after = pairs.alphas[after] - unless_noise<T>(rest, product, pairs.rho[after] * rest);
    const Index ahead = newer(pairs, after);
    q.add(step, s(row));
    product = q.dot(y(ahead));
    step = step_after;
    row = after;
    after = ahead;
  }
  q.add(step, s(row));
  q.store(d);
  return q.summary_with(g);
}

#if defined(LBFGS_SCALAR)
constexpr Index longest = lanes_from - 1;
#else
constexpr Index longest = blocks_from - 1;
#endif

template <class T, class H, std::size_t size = 1>
Summary pair_by_pair(const PairRing<H>& pairs, double h_diag, const T* g, T* d, Index n) {
  if constexpr (static_cast<Index>(size) * simd::width < longest) {
    if (n > static_cast<Index>(size) * simd::width) return pair_by_pair<T, H, size + 1>(pairs, h_diag, g, d, n);
  }
  return recursion<size>(pairs, h_diag, g, d, n);
}

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
