// The two-loop recursion, for vectors that stay in the caches between its passes.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/recursion/links.hpp"
#include "core/vectors/cpu/diagonal.hpp"
#include "core/vectors/cpu/pairs.hpp"

namespace lbfgs {

/// Source: Nocedal & Wright algorithm 7.4, as torch's LBFGS.step. The change that one pair makes to the product of a
/// later pair with the vector follows from the product of the two pairs, which is called their link. So the products of
/// a block of pairs are taken in one pass, and the vector is read and written once for the block. Where vectors are
/// short, the product of each pair is taken one pair earlier, so that it does not depend on the latest vector.
template <class T, class H>
class TwoLoopHistory final : public Pairs<T, H> {
public:
  TwoLoopHistory(Index capacity, Index n, bool diagonal)
      : Pairs<T, H>(n, capacity, capacity + 1),
        in_blocks_(n >= blocks_from),
        block_(in_blocks_ ? block_for(capacity) : 2),
        links_(capacity + 1, links_each()),
        alphas_(in_blocks_ ? 0 : 1, capacity + 1),
        sum_(sum_rows, n),
        diagonal_(diagonal ? n : 0) {}

  bool has_diagonal() const override { return diagonal_.exists(); }

  /// The bytes of all this once the history is full.
  static double full_bytes(Index capacity, Index n) {
    const double links = static_cast<double>(capacity + 1) * static_cast<double>(std::min(capacity, most_together - 1));
    return Storage<H>::bytes_of(2 * (capacity + 1), n) + Storage<double>::bytes_of(sum_rows, n) +
           2 * sizeof(double) * links;
  }
  std::size_t resident_bytes() const override {
    return Pairs<T, H>::resident_bytes() + sum_.bytes() + diagonal_.bytes();
  }

  Curvature form(const Move<T>& move) override {
    with_diagonal_ = {};
    return this->form_in(this->next_row(), move, diagonal_.exists() ? diagonal_.current() : nullptr, with_diagonal_);
  }

  // In blocks, direction() takes the links of a new pair in the pass of its first products, which reads the same rows.
  void push(const Curvature& curvature) override {
    Pairs<T, H>::push(curvature);
    begin_links();
    if (!in_blocks_) settle_links();
    learn(curvature);
  }
  void commit() override {
    settle_links();
    Pairs<T, H>::commit();
    diagonal_.commit();
  }
  void clear() override {
    links_due_ = false;
    Pairs<T, H>::clear();
    diagonal_.clear();
  }
  void roll_back() override {
    links_due_ = false;
    Pairs<T, H>::roll_back();
    diagonal_.roll_back();
  }

  Summary direction(double h_diag, const T* g, T* d) override {
    if (proposed_.size == 0) return vector_.steepest(h_diag, g, d, n_);
    if (!in_blocks_) return pair_.pair_by_pair(ring(), h_diag, g, d, n_);
    return block_ <= few_together ? block_by_block<few_together>(h_diag, g, d)
                                  : block_by_block<most_together>(h_diag, g, d);
  }
  Summary relative_descent(const T* x, const T* g, T* d) override { return diagonal_.begin(x, g, d); }

private:
  using Pairs<T, H>::n_;
  using Pairs<T, H>::pair_;
  using Pairs<T, H>::proposed_;
  using Pairs<T, H>::vector_;

  // A row for the direction in double, where T is float.
  static constexpr Index sum_rows = std::is_same_v<T, double> ? 0 : 1;
  // Blocks have about equal size. Larger blocks save no further passes, but need more links. The loops over links are
  // compiled for two sizes of blocks (links.hpp).
  static constexpr Index most_together = 8;
  static constexpr Index few_together = 5;
  static Index block_for(Index capacity) {
    const Index blocks = (capacity + most_together - 1) / most_together;
    return (capacity + blocks - 1) / blocks;
  }

  Index links_each() const {
    if (!in_blocks_) return 1;
    return (block_ <= few_together ? few_together : most_together) - 1;
  }
  void begin_links() {
    links_.begin(this->newest_row());
    links_due_ = true;
  }
  void settle_links() {
    if (links_due_) link(0, std::min(proposed_.size, block_) - 1);
    links_due_ = false;
  }
  void appended() override {
    begin_links();
    settle_links();
    if (!diagonal_.exists()) return;
    const Index row = this->newest_row();
    const H* const y = this->y_.row(row);
    Curvature pair{1.0 / this->rho_.row(0)[row], 0.0};
    pair_.stored_dots(&y, 1, y, n_, &pair.yy);
    with_diagonal_ = diagonal_.products(this->s_.row(row), y);
    learn(pair);
    diagonal_.commit();
  }
  // Updates the diagonal matrix by the newest pair.
  void learn(const Curvature& pair) {
    if (!diagonal_.exists()) return;
    const Index row = this->newest_row();
    diagonal_.propose(this->s_.row(row), this->y_.row(row), pair, with_diagonal_);
  }

  // Computes the links of the newest pair with the pairs number `from` to `to` - 1 before it, counted backwards from 0.
  void link(Index from, Index to) {
    if (from >= to) return;
    const H* s[most_together];
    double links[most_together];
    const Index newest = proposed_.size - 1;
    for (Index back = from; back < to; ++back) s[back - from] = this->s_.row(this->row(proposed_, newest - 1 - back));
    pair_.stored_dots(s, to - from, this->y_.row(this->newest_row()), n_, links);
    for (Index back = from; back < to; ++back) keep_link(back, links[back - from]);
  }
  void keep_link(Index back, double link) {
    links_.keep(this->newest_row(), this->row(proposed_, proposed_.size - 2 - back), back, link);
  }

  // Lists the proposed pairs: their s and their links from the oldest to the newest, their y from the newest to the
  // oldest, the order in which the first loop adds the y.
  void list_pairs() {
    const Index size = proposed_.size;
    if (static_cast<Index>(pairs_.size()) < size) {
      s_rows_.resize(static_cast<std::size_t>(size));
      y_rows_.resize(s_rows_.size());
      pairs_.resize(s_rows_.size());  // last: memory may run out before
    }
    const H** const s = s_rows_.data();
    const H** const y = y_rows_.data() + size - 1;
    Index row = this->row(proposed_, 0);
    for (Index age = 0; age < size; ++age) {
      pairs_[static_cast<std::size_t>(age)] = {links_.older(row), links_.newer(row), this->rho_.row(0)[row], 0.0};
      s[age] = this->s_.row(row);
      y[-age] = this->y_.row(row);
      row = this->row_after(row);
    }
  }

  // d <- -H g, computed in double.
  template <Index most>
  Summary block_by_block(double h_diag, const T* g, T* d) {
    list_pairs();
    const Index size = proposed_.size;
    const Index blocks = (size + block_ - 1) / block_;
    const auto bound = [=](Index block) { return size - size * block / blocks; };
    const bool with_diagonal = diagonal_.is_better();
    double* const q = sum_of(d);
    double products[static_cast<std::size_t>(2 * most)] = {};
    double factors[static_cast<std::size_t>(most)];
    for (Index block = 0; block < blocks; ++block) {
      const Index first = bound(block + 1);
      const Index count = bound(block) - first;
      const H* const* const s = s_rows_.data() + first;
      const H* const* const y = y_rows_.data() + size - bound(block);
      if (block > 0) {
        pair_.sum_dots(s, count, q, n_, products);
      } else if (links_due_) {
        dots_and_links(s, count, g, products);
      } else {
        pair_.dots(s, count, g, n_, products);
      }
      std::reverse(products, products + count);
      first_loop<most>(pairs_.data() + first, count, products);
      // The second loop begins with the block at which the first loop ends, so the pass that ends the one also takes
      // the products that begin the other. A diagonal matrix between the loops makes a pass of its own necessary.
      const bool last = block == blocks - 1 && !with_diagonal;
      const double scale = last ? h_diag : 1.0;
      double* const with_q = last ? products : nullptr;
      for (Index k = 0; k < count; ++k) factors[k] = -scale * pairs_.data()[bound(block) - 1 - k].alpha;
      if (block == 0) {
        pair_.combine(scale, g, y, factors, count, q, n_, with_q);
      } else {
        pair_.add_rows(scale, y, factors, count, q, n_, with_q);
      }
    }
    if (with_diagonal) diagonal_.multiply(q);
    for (Index block = blocks - 1;; --block) {
      const Index first = bound(block + 1);
      const Index count = bound(block) - first;
      const H* const* const s = s_rows_.data() + first;
      if (block < blocks - 1 || with_diagonal) {
        pair_.sum_dots(y_rows_.data() + size - bound(block), count, q, n_, products);
      }
      std::reverse(products, products + count);
      second_loop<most>(pairs_.data() + first, count, products, factors);
      if (block == 0) {
        for (Index k = 0; k < count; ++k) factors[k] = -factors[k];
        return pair_.finish(-1.0, s, factors, count, q, g, d, n_);
      }
      pair_.add_rows(1.0, s, factors, count, q, n_, nullptr);
    }
  }

  // Computes the products of the newest block's s with g, and the links of the newest pair.
  void dots_and_links(const H* const* s, Index count, const T* g, double* with_g) {
    double with_y[most_together];
    pair_.two_dots(s, count, g, y_rows_.data()[0], n_, with_g, with_y);
    for (Index back = 0; back < count - 1; ++back) keep_link(back, with_y[count - 2 - back]);
    link(count - 1, std::min(proposed_.size, block_) - 1);
    links_due_ = false;
  }

  PairRing<H> ring() const {
    return {this->s_.first,          this->y_.first,
            this->s_.stride,         this->row_count_,
            this->row(proposed_, 0), this->newest_row(),
            this->rho_.row(0),       links_.older(0),
            alphas_.row(0),          diagonal_.is_better() ? diagonal_.inverse() : nullptr};
  }

  double* sum_of(T* d) {
    if constexpr (std::is_same_v<T, double>) return d;
    return sum_.row(0);
  }

  bool links_due_ = false;          // the links of the newest pair are not computed yet
  bool in_blocks_;                  // false: vectors are short, and directions are computed pair by pair
  Index block_;                     // pairs in a block, at most
  Links links_;                     // by row
  Storage<double> alphas_;          // by row, of short vectors
  Storage<double> sum_;             // the direction in double, where T is float
  Diagonal<H> diagonal_;            // in place of h_diag I
  DiagonalProducts with_diagonal_;  // of the pair formed last
  std::vector<LinkedPair> pairs_;   // these three are what list_pairs() lists
  std::vector<const H*> s_rows_;
  std::vector<const H*> y_rows_;
};

}  // namespace lbfgs
