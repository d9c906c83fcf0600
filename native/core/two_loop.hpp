// The two-loop recursion, for short vectors: what it takes is not operations but waiting for one another's results.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "pairs.hpp"

namespace lbfgs {
namespace two_loop {

// The sum of term(i) over [0, n): in eight interleaved partial sums as far as there are as many terms, and the rest.
template <class Term>
double sum_over(Index n, Term&& term) {
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

template <class A, class B>
double dot(const A* a, const B* b, Index n) {
  return sum_over(n, [=](Index i) { return product(a[i], b[i]); });
}

// d <- alpha g; returns d . z.
template <class T, class Z>
double scale_dot(double alpha, const T* g, T* d, const Z* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    d[i] = factor * g[i];
    return product(d[i], z[i]);
  });
}

// d <- d + alpha x; returns d . z.
template <class T, class H, class Z>
double axpy_dot(double alpha, const H* x, T* d, const Z* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    d[i] += factor * static_cast<T>(x[i]);
    return product(d[i], z[i]);
  });
}

// d <- gamma (d + alpha x); returns d . z.
template <class T, class H, class Z>
double axpy_scale_dot(double alpha, const H* x, double gamma, T* d, const Z* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  const auto scale = static_cast<T>(gamma);
  return sum_over(n, [=](Index i) {
    d[i] = scale * (d[i] + factor * static_cast<T>(x[i]));
    return product(d[i], z[i]);
  });
}

}  // namespace two_loop

/// Source: Nocedal & Wright algorithm 7.4, as torch's LBFGS.step. Each axpy is fused with a dot product: not with that
/// of the next pair, which follows from the one before by the pairs' own product, but with that of the one after.
template <class T, class H>
class TwoLoopHistory final : public Pairs<T, H> {
public:
  TwoLoopHistory(Index capacity, Index n, Chunks& chunks)
      : Pairs<T, H>(n, capacity, Forming::in_its_row), chunks_(chunks), links_(1, capacity + 1) {}

  Curvature form(const Move<T>& move) override {
    const Index row = this->used(this->next_row());
    H* const s = this->s_.row(row);
    H* const y = this->y_.row(row);
    std::fill(s + move.known, s + n_, H(0));
    std::fill(y + move.known, y + n_, H(0));
    Curvature curvature;
    for (Index at = 0; at < move.known; at += chunk_size) {
      const Curvature chunk = this->pair_.form(move.t, move.d + at, move.g + at, move.g_before + at, s + at, y + at,
                                               std::min(chunk_size, move.known - at));
      curvature.ys += chunk.ys;
      curvature.yy += chunk.yy;
    }
    return curvature;
  }

  bool push(const Curvature& curvature) override {
    if (!Pairs<T, H>::push(curvature)) return false;
    appended();
    return true;
  }

  Summary direction(double h_diag, const T* g, T* d) override {
    const double slope = recurse(h_diag, g, d);
    Summary found =
        chunks_.summary([this, d](Index at, Index size, int) { return this->vector_.summarise(d + at, size); });
    found.product = slope;
    return found;
  }

private:
  using Pairs<T, H>::n_;
  using Pairs<T, H>::proposed_;

  struct Pair {
    const H* s;
    const H* y;
    double rho;
    double link;  // the s of the pair before . y
    double alpha;
  };

  void appended() override {
    const Index newest = proposed_.size - 1;
    if (newest == 0) return;
    const H* const s = this->s_.row(this->row(proposed_, newest - 1));
    links_.row(0)[this->place(proposed_, newest)] = two_loop::dot(s, this->y_.row(this->newest_row()), n_);
  }

  // The proposed pairs, the oldest first; returns how many.
  Index list_pairs() {
    if (static_cast<Index>(pairs_.size()) < proposed_.size) pairs_.resize(static_cast<std::size_t>(proposed_.size));
    Index row = this->row(proposed_, 0);  // and its place
    for (Index age = 0; age < proposed_.size; ++age) {
      const double link = age == 0 ? 0.0 : links_.row(0)[row];
      pairs_[static_cast<std::size_t>(age)] = {this->s_.row(row), this->y_.row(row), this->rho_.row(0)[row], link, 0.0};
      row = this->row_after(row);
    }
    return proposed_.size;
  }

  // As d is multiplied by it.
  static double as_factor(double value) { return static_cast<double>(static_cast<T>(value)); }

  // A product less its part along the last pair, which is what rounding left where next to nothing is: zero then.
  // Vectors in a space that the pairs have filled would otherwise dwindle to subnormal numbers, which are slow.
  static double without(double part, double product) {
    constexpr double rounding = 4.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
    const double rest = product - part;
    if (std::abs(rest) <= rounding * std::abs(product)) [[unlikely]]
      return 0.0;
    return rest;
  }

  // d <- -H g; returns d . g.
  double recurse(double h_diag, const T* g, T* d) {
    using two_loop::axpy_dot;
    using two_loop::axpy_scale_dot;
    using two_loop::dot;
    using two_loop::scale_dot;
    const Index size = list_pairs();
    if (size == 0) return scale_dot(-h_diag, g, d, g, n_);
    Pair* const pairs = pairs_.data();
    const Index newest = size - 1;
    double product = scale_dot(-1.0, g, d, pairs[newest].s, n_);
    double next = newest > 0 ? dot(pairs[newest - 1].s, d, n_) : 0.0;  // of the pair before with this d
    for (Index age = newest; age > 0; --age) {
      Pair& pair = pairs[age];
      pair.alpha = as_factor(pair.rho * product);
      product = without(pair.alpha * pair.link, next);
      next = axpy_dot(-pair.alpha, pair.y, d, pairs[std::max<Index>(age - 2, 0)].s, n_);
    }
    pairs[0].alpha = as_factor(pairs[0].rho * product);
    product = axpy_scale_dot(-pairs[0].alpha, pairs[0].y, h_diag, d, pairs[0].y, n_);
    next = newest > 0 ? dot(pairs[1].y, d, n_) : 0.0;
    for (Index age = 0; age < newest; ++age) {
      const double step = as_factor(pairs[age].alpha - pairs[age].rho * product);
      product = without(-step * pairs[age + 1].link, next);
      next = axpy_dot(step, pairs[age].s, d, pairs[std::min(age + 2, newest)].y, n_);
    }
    const double step = pairs[newest].alpha - pairs[newest].rho * product;
    return axpy_dot(step, pairs[newest].s, d, g, n_);
  }

  Chunks& chunks_;
  Storage<double> links_;    // by place
  std::vector<Pair> pairs_;  // as many as there have been at once
};

}  // namespace lbfgs
