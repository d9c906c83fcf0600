// The two-loop recursion without its vectors: the compact form of the L-BFGS matrix.
//
// Every vector that the recursion meets is a combination of g and the pairs, so its dot products are combinations of
// theirs: with s_i . y_k, y_i . y_k, s_i . g and y_i . g at hand, the recursion needs numbers only, and its result
// is one combination,  d = -gamma g + sum_i (step_i s_i + change_i y_i).
// Source: Byrd, Nocedal & Schnabel, "Representations of quasi-Newton matrices and their use in limited memory methods"
// (1994), theorem 2.2; Chen, Wang & Zhou, "Large-scale L-BFGS using MapReduce" (2014), algorithm 3.
#pragma once

#include <cstddef>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// The products that a pass over the history finds for one pair.
struct PairProducts {
  double s_g = 0.0;  ///< s . g
  double y_g = 0.0;  ///< y . g
  double s_y = 0.0;  ///< s . the y of the newest pair
  double y_y = 0.0;  ///< y . the y of the newest pair
};

/// The products of the pairs with each other. A pair has one position as long as it is kept.
class Gram {
public:
  /// Memory: 3 positions^2 numbers, of which the rows and columns of used positions become resident. Throws
  /// OutOfMemory.
  explicit Gram(Index positions);

  /// Adds a new pair at `position`. older: the positions of the pairs that stay. products[k]: those of the pair at
  /// position k with the y of the new pair; of products[position] only y_y counts.
  void put(Index position, const PairProducts* products, const std::vector<Index>& older);

  /// Writes the products of these pairs with each other, by_age.size()^2 numbers: for each pair its products with the
  /// older pairs, then its own. Returns the end.
  double* write(const std::vector<Index>& by_age, double* out) const;
  /// Reads products that write() has written. ages[k]: the age that the pair at position by_age[k] had then.
  void read(const std::vector<Index>& by_age, const Index* ages, const double* in);

  /// Adds s_y and y_y to the products of the pair at `older` with the y of the pair at `newer`.
  void change(Index older, Index newer, double s_y, double y_y);
  /// Adds to the y . y of the pair at `position`.
  void change_own(Index position, double y_y) { y_y_.row(position)[position] += y_y; }

  /// The recursion. by_age: the positions of the pairs, the oldest first. rho and products are by position. Writes the
  /// 2 by_age.size() factors of the pairs in the direction, in the order of the two loops: the changes, which belong to
  /// y, from the newest pair to the oldest, then the steps, which belong to s, from the oldest to the newest.
  void solve(const std::vector<Index>& by_age, const double* rho, double gamma, const PairProducts* products,
             double* factors);

private:
  void use(Index position);
  void add(double factor, const double* row, double* to) const;

  Index used_ = 0;       // the positions below this one have had a pair
  Storage<double> s_y_;  // row i, column k: s_i . y_k where i is older than k, else 0
  Storage<double> y_s_;  // s_y_ transposed
  Storage<double> y_y_;  // row i, column k: y_i . y_k
  Storage<double> scratch_;
};

}  // namespace lbfgs
