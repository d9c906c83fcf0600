// The two-loop recursion, for vectors of one chunk.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "pairs.hpp"
#include "short_vectors.hpp"

namespace lbfgs {

/// Source: Nocedal & Wright algorithm 7.4, as torch's LBFGS.step. What a pair changes in the product of a later one
/// with the vector follows from the product of those two pairs, their link. So a few pairs take their products
/// together, and the vector is read and written once for all of them; where it is short, each pair takes its product a
/// pair earlier, and none waits for the vector of the one before.
template <class T, class H>
class TwoLoopHistory final : public Pairs<T, H> {
public:
  TwoLoopHistory(Index capacity, Index n, Chunks& chunks)
      : Pairs<T, H>(n, capacity, capacity + 1),
        chunks_(chunks),
        short_(n < least_vector),
        together_(short_ ? 2 : block_for(capacity)),
        links_(capacity + 1, together_),
        sum_(short_ || std::is_same_v<T, double> ? 0 : 1, n) {}

  std::size_t resident_bytes() const override { return Pairs<T, H>::resident_bytes() + sum_.bytes(); }

  Curvature form(const Move<T>& move) override {
    const Index row = this->used(this->next_row());
    H* const s = this->s_.row(row);
    H* const y = this->y_.row(row);
    std::fill(s + move.known, s + n_, H(0));
    std::fill(y + move.known, y + n_, H(0));
    Curvature curvature;
    for (Index at = 0; at < move.known; at += chunk_size) {
      const Curvature chunk = pair_.form(move.t, move.d + at, move.g + at, move.g_before + at, s + at, y + at,
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
    list_pairs();
    if (!short_) return block_by_block(h_diag, g, d);
    const double slope = pair_by_pair(h_diag, g, d);
    Summary found = chunks_.summary([this, d](Index at, Index size, int) { return vector_.summarise(d + at, size); });
    found.product = slope;
    return found;
  }

private:
  using Pairs<T, H>::n_;
  using Pairs<T, H>::pair_;
  using Pairs<T, H>::proposed_;
  using Pairs<T, H>::vector_;

  struct Pair {
    const H* s;
    const H* y;
    const double* links;
    double rho;
    double alpha;
  };

  // Blocks of about equal size: more pairs at once save nothing more, but take more links.
  static constexpr Index most_together = 8;
  static Index block_for(Index capacity) {
    const Index blocks = (capacity + most_together - 1) / most_together;
    return (capacity + blocks - 1) / blocks;
  }

  // The links of the newest pair: the s of the one before . y, then the s of the one before that, …
  void appended() override {
    const Index newest = proposed_.size - 1;
    const Index count = std::min(newest, together_ - 1);
    const H* s[most_together];
    for (Index back = 0; back < count; ++back) s[back] = this->s_.row(this->row(proposed_, newest - 1 - back));
    const Index row = this->newest_row();
    if (count > 0) pair_.stored_dots(s, count, this->y_.row(row), n_, links_.row(row));
  }

  // The proposed pairs, the oldest first.
  void list_pairs() {
    if (static_cast<Index>(pairs_.size()) < proposed_.size) pairs_.resize(static_cast<std::size_t>(proposed_.size));
    Index row = this->row(proposed_, 0);  // and its place
    for (Index age = 0; age < proposed_.size; ++age) {
      pairs_[static_cast<std::size_t>(age)] = {this->s_.row(row), this->y_.row(row), links_.row(row),
                                               this->rho_.row(0)[row], 0.0};
      row = this->row_after(row);
    }
  }

  // A product less its parts along other pairs, which is what rounding left where next to nothing is: zero then.
  // Vectors in a space that the pairs have filled would otherwise dwindle to subnormal numbers, which are slow.
  template <class Entry>
  static double without_noise(double rest, double product) {
    constexpr double rounding = 4.0 * static_cast<double>(std::numeric_limits<Entry>::epsilon());
    if (std::abs(rest) < rounding * std::abs(product)) [[unlikely]]
      return 0.0;
    return rest;
  }

  // For `count` pairs one after the other, those that follow `first` in the direction of `step`, 1 or -1:
  // factor <- factor_of(pair, its product with the vector once those before it are added to that, times their factors).
  template <Index step, class Factor>
  static void eliminate(Pair* first, Index count, const double* products, double* factors, Factor&& factor_of) {
    for (Index k = 0; k < count; ++k) {
      double product = products[k];
      for (Index before = 0; before < k; ++before) {
        const Pair& newer = first[step > 0 ? k : -before];
        product += factors[before] * newer.links[k - before - 1];
      }
      factors[k] = factor_of(first[step * k], without_noise<double>(product, products[k]));
    }
  }

  // d <- -H g, in double throughout.
  Summary block_by_block(double h_diag, const T* g, T* d) {
    const Index size = proposed_.size;
    if (size == 0) return vector_.steepest(h_diag, g, d, n_);
    double* const q = sum_of(d);
    const Index blocks = (size + together_ - 1) / together_;
    const auto bound = [=](Index block) { return size - size * block / blocks; };
    const H* s[most_together];
    const H* y[most_together];
    double products[most_together];
    double factors[most_together];
    for (Index block = 0; block < blocks; ++block) {
      Pair* const newest = pairs_.data() + bound(block) - 1;
      const Index count = bound(block) - bound(block + 1);
      for (Index k = 0; k < count; ++k) {
        s[k] = newest[-k].s;
        y[k] = newest[-k].y;
      }
      if (block == 0) {
        pair_.dots(s, count, g, n_, products);
      } else {
        pair_.sum_dots(s, count, q, n_, products);
      }
      eliminate<-1>(newest, count, products, factors, [](Pair& pair, double s_q) {
        pair.alpha = pair.rho * s_q;
        return -pair.alpha;
      });
      const double scale = block == blocks - 1 ? h_diag : 1.0;
      for (Index k = 0; k < count; ++k) factors[k] *= scale;
      if (block == 0) {
        pair_.combine(scale, g, y, factors, count, q, n_);
      } else {
        pair_.add_rows(scale, y, factors, count, q, n_);
      }
    }
    for (Index block = blocks - 1; block >= 0; --block) {
      Pair* const oldest = pairs_.data() + bound(block + 1);
      const Index count = bound(block) - bound(block + 1);
      for (Index k = 0; k < count; ++k) {
        s[k] = oldest[k].s;
        y[k] = oldest[k].y;
      }
      pair_.sum_dots(y, count, q, n_, products);
      eliminate<1>(oldest, count, products, factors,
                   [](Pair& pair, double y_r) { return pair.alpha - pair.rho * y_r; });
      const double sign = block == 0 ? -1.0 : 1.0;
      for (Index k = 0; k < count; ++k) factors[k] *= sign;
      pair_.add_rows(sign, s, factors, count, q, n_);
    }
    return vector_.finish(q, g, d, n_);
  }

  double* sum_of(T* d) {
    if constexpr (std::is_same_v<T, double>) return d;
    return sum_.row(0);
  }

  // d <- -H g; returns d . g.
  double pair_by_pair(double h_diag, const T* g, T* d) {
    using namespace short_vectors;
    const Index size = proposed_.size;
    if (size == 0) return scale_dot(-h_diag, g, d, g, n_);
    Pair* const pairs = pairs_.data();
    const Index newest = size - 1;
    double product = scale_dot(-1.0, g, d, pairs[newest].s, n_);
    double next = newest > 0 ? dot(pairs[newest - 1].s, d, n_) : 0.0;  // of the pair before with this d
    for (Index age = newest; age > 0; --age) {
      Pair& pair = pairs[age];
      pair.alpha = as_factor(pair.rho * product);
      product = without_noise<T>(next - pair.alpha * pair.links[0], next);
      next = axpy_dot(-pair.alpha, pair.y, d, pairs[std::max<Index>(age - 2, 0)].s, n_);
    }
    pairs[0].alpha = as_factor(pairs[0].rho * product);
    product = axpy_scale_dot(-pairs[0].alpha, pairs[0].y, h_diag, d, pairs[0].y, n_);
    next = newest > 0 ? dot(pairs[1].y, d, n_) : 0.0;
    for (Index age = 0; age < newest; ++age) {
      const double step = as_factor(pairs[age].alpha - pairs[age].rho * product);
      product = without_noise<T>(next + step * pairs[age + 1].links[0], next);
      next = axpy_dot(step, pairs[age].s, d, pairs[std::min(age + 2, newest)].y, n_);
    }
    const double step = pairs[newest].alpha - pairs[newest].rho * product;
    return axpy_dot(step, pairs[newest].s, d, g, n_);
  }

  // As d is multiplied by it.
  static double as_factor(double value) { return static_cast<double>(static_cast<T>(value)); }

  Chunks& chunks_;
  bool short_;
  Index together_;           // as many pairs of a block at most; one link fewer
  Storage<double> links_;    // by place
  Storage<double> sum_;      // the direction, where T is too narrow for it
  std::vector<Pair> pairs_;  // as many as there have been at once
};

}  // namespace lbfgs
