// The two loops over a block of pairs in numbers: how the pairs change each other's products with the vector.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// The links of every pair with `each` pairs before it and as many after it, by the pair's row. The link of pair i and
/// an older pair j is s_j . y_i. Where there is no such pair the number has no meaning.
class Links {
public:
  Links(Index rows, Index each) : each_(each), links_(2, rows * each) {}

  /// The products of its y with the s of the pair before it, of the one before that, …
  double* older(Index row) const { return links_.row(0) + row * each_; }
  /// The products of its s with the y of the pair after it, of the one after that, …
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
  const double* older;  ///< its links
  const double* newer;
  double rho;
  double alpha;  ///< what the first loop finds
};

// products <- products + factor links, for the number of links in a block of `most` pairs, which the compiler knows.
// The entries beyond the end of a smaller block are not used.
template <Index most>
void add_links(double factor, const double* links, double* products) {
  for (Index i = 0; i < most - 1; ++i) products[i] += factor * links[i];
}

/// The first loop over `count` pairs, oldest first. products: of their s with q before the block, the newest first, in
/// an array of 2 most.
template <Index most>
void first_loop(LinkedPair* pairs, Index count, double* products) {
  for (Index k = 0; k < count; ++k) {
    LinkedPair& pair = pairs[count - 1 - k];
    pair.alpha = pair.rho * products[k];
    add_links<most>(-pair.alpha, pair.older, products + k + 1);
  }
}

/// The second loop. products: of their y with r before the block, the oldest first, in an array of 2 most. steps: what
/// the block adds of each s.
template <Index most>
void second_loop(const LinkedPair* pairs, Index count, double* products, double* steps) {
  for (Index k = 0; k < count; ++k) {
    steps[k] = pairs[k].alpha - pairs[k].rho * products[k];
    add_links<most>(steps[k], pairs[k].newer, products + k + 1);
  }
}

}  // namespace lbfgs
