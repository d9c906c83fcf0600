// The two loops over a block of pairs in numbers: how the pairs change each other's products with the vector.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// The links of every pair with the `each` next older and the `each` next newer pairs, by the pair's row. The link of
/// pair i and an older pair j is s_j . y_i. Where there is no such pair the number has no meaning.
class Links {
public:
  Links(Index rows, Index each) : each_(each), links_(2, rows * each) {}

  /// The products of the y of the pair in `row` with the s of the older pairs, the nearest first.
  double* older(Index row) const { return links_.row(0) + row * each_; }
  /// The products of the s of the pair in `row` with the y of the newer pairs, the nearest first.
  double* newer(Index row) const { return links_.row(1) + row * each_; }

  /// Clears the row for a new pair.
  void begin(Index row) {
    std::fill_n(older(row), each_, 0.0);
    std::fill_n(newer(row), each_, 0.0);
  }
  /// Stores the link of the pair in `row` with the one in `row_before`; `back` pairs are between them.
  void keep(Index row, Index row_before, Index back, double link) {
    older(row)[back] = link;
    newer(row_before)[back] = link;
  }

private:
  Index each_;
  Storage<double> links_;
};

/// A pair in the two loops.
struct LinkedPair {
  const double* older;  ///< Links::older() of the pair
  const double* newer;  ///< Links::newer() of the pair
  double rho;
  double alpha;  ///< rho s . q, written by the first loop
};

// products <- products + factor links, for the links of a pair in a block of `most` pairs, a number that the compiler
// knows. In a smaller block the last entries are not used.
template <Index most>
void add_links(double factor, const double* links, double* products) {
  for (Index i = 0; i < most - 1; ++i) products[i] += factor * links[i];
}

/// The first loop over `count` pairs, the oldest first. products: those of their s with q before the block, the newest
/// pair first, in an array of 2 most numbers.
template <Index most>
void first_loop(LinkedPair* pairs, Index count, double* products) {
  for (Index k = 0; k < count; ++k) {
    LinkedPair& pair = pairs[count - 1 - k];
    pair.alpha = pair.rho * products[k];
    add_links<most>(-pair.alpha, pair.older, products + k + 1);
  }
}

/// The second loop over `count` pairs, the oldest first. products: those of their y with r before the block, the oldest
/// pair first, in an array of 2 most numbers. steps <- the factors of the s that the block adds to r.
template <Index most>
void second_loop(const LinkedPair* pairs, Index count, double* products, double* steps) {
  for (Index k = 0; k < count; ++k) {
    steps[k] = pairs[k].alpha - pairs[k].rho * products[k];
    add_links<most>(steps[k], pairs[k].newer, products + k + 1);
  }
}

}  // namespace lbfgs
