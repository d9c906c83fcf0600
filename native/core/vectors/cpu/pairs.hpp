// The pairs of a history, and the rows that hold them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"

namespace lbfgs {

/// `size` consecutive pairs; the oldest of them was the `first`-th that was pushed.
struct Window {
  Index first = 0;
  Index size = 0;

  /// The place of the pair of this age, 0 the oldest, in a ring buffer of so many places.
  Index place(Index age, Index ring) const { return (first + age) % ring; }
};

/// The part of a history that stores the pairs; derived classes form pairs and directions. Pairs are stored as H, in as
/// many rows as there may be pairs, or in one more: in the additional row the next pair is formed while the oldest is
/// still needed.
template <class T, class H>
class Pairs : public History<T> {
public:
  Pairs(Index n, Index capacity, Index rows)
      : vector_(kernels<VectorKernels<T>>(n)),
        pair_(kernels<PairKernels<T, H>>(n)),
        n_(n),
        capacity_(capacity),
        row_count_(rows),
        reserved_(doubled(row_count_), n),
        s_(reserved_.from(0)),
        y_(reserved_.from(row_count_)),
        rho_(narrows ? 2 : 1, capacity + 1) {}

  Index size() const override { return committed_.size; }
  Index capacity() const override { return capacity_; }
  Dtype stored() const override { return dtype_of<H>; }
  std::size_t resident_bytes() const override {
    return 2 * static_cast<std::size_t>(rows_used_) * reserved_.row_bytes();
  }

  double read(Index age, T* s, T* y) const override {
    std::copy_n(s_.row(row(committed_, age)), n_, s);
    std::copy_n(y_.row(row(committed_, age)), n_, y);
    return rho_.row(0)[position(committed_, age)];
  }

  void prepare_append() override {
    if constexpr (narrows) {
      if (!rounded_) rounded_.emplace(2, chunk_length(n_));
    }
  }

  void append(const T* s, const T* y, double rho, bool is_part) override {
    prepare_append();
    double ys = 0.0;
    if constexpr (narrows) {
      ys = stored_curvature(s, y);
      if (!is_part) {
        if (!can_hold(ys)) return;
        rho = 1.0 / ys;
      }
    }
    keep(rho);
    if constexpr (narrows) rho_.row(1)[position(proposed_, proposed_.size - 1)] = ys;
    const Index row = used(newest_row());
    std::copy_n(s, n_, s_.row(row));
    std::copy_n(y, n_, y_.row(row));
    pending_ = false;
    appended();
    committed_ = proposed_;
  }

  void push(const Curvature& curvature) override { keep(1.0 / curvature.ys); }

  void clear() override {
    proposed_ = {committed_.first + committed_.size, 0};
    pending_ = false;
  }

  void commit() override {
    pending_ = false;
    committed_ = proposed_;
  }

  void roll_back() override {
    pending_ = false;
    proposed_ = committed_;
  }

protected:
  /// Whether H is narrower than T.
  static constexpr bool narrows = sizeof(H) < sizeof(T);

  /// The vectors of the pairs are in a ring buffer of rows. Their numbers are in a ring buffer of positions, one more
  /// than there may be pairs, so that a proposed pair has a position besides those of all committed pairs. Where there
  /// are only as many rows as pairs, a proposed pair takes the row of the pair that it replaces.
  Index row(const Window& window, Index age) const { return window.place(age, row_count_); }
  std::size_t position(const Window& window, Index age) const {
    return static_cast<std::size_t>(window.place(age, capacity_ + 1));
  }

  Index row_after(Index row) const { return row + 1 == row_count_ ? 0 : row + 1; }
  /// The row of the newest proposed pair.
  Index newest_row() const { return row(proposed_, proposed_.size - 1); }
  /// The row of the next pair, where it is formed.
  Index next_row() const { return row(committed_, committed_.size); }
  /// Returns `row`, and counts it as used.
  Index used(Index row) {
    rows_used_ = std::max(rows_used_, row + 1);
    return row;
  }
  /// Forms the pair of a move in this row, and returns its products. Those with the diagonal matrix of this inverse are
  /// added to `with_diagonal`, unless it is null.
  Curvature form_in(Index row, const Move<T>& move, const double* inverse, DiagonalProducts& with_diagonal) {
    H* const s = s_.row(used(row));
    H* const y = y_.row(row);
    std::fill(s + move.known, s + n_, H(0));
    std::fill(y + move.known, y + n_, H(0));
    Curvature curvature;
    const Index length = chunk_length(n_);
    for (Index at = 0; at < move.known; at += length) {
      const Index size = std::min(length, move.known - at);
      const T* const d = move.d + at;
      const T* const g = move.g + at;
      const T* const before = move.g_before + at;
      const Curvature chunk = inverse == nullptr ? pair_.form(move.t, d, g, before, s + at, y + at, size)
                                                 : pair_.form_with_diagonal(move.t, d, g, before, s + at, y + at,
                                                                            inverse + at, size, with_diagonal);
      curvature.ys += chunk.ys;
      curvature.yy += chunk.yy;
    }
    return curvature;
  }
  /// The y . s of this process' part of the committed pair of this age, which was appended.
  double appended_curvature(Index age) const { return rho_.row(1)[position(committed_, age)]; }
  /// Whether a pair may have this y . s: it is positive and finite.
  static bool can_hold(double ys) { return ys > 0.0 && std::isfinite(ys); }
  /// The committed pair of the age `to` <- that of the age `from`, with rho = 1 / ys.
  void move_pair(Index from, Index to, double ys) {
    if (from != to) {
      std::copy_n(s_.row(row(committed_, from)), n_, s_.row(row(committed_, to)));
      std::copy_n(y_.row(row(committed_, from)), n_, y_.row(row(committed_, to)));
    }
    rho_.row(0)[position(committed_, to)] = 1.0 / ys;
  }
  /// Called when the newest proposed pair has been copied into its row.
  virtual void appended() {}

  const VectorKernels<T>& vector_;
  const PairKernels<T, H>& pair_;
  Index n_;
  Index capacity_;
  Index row_count_;  // of s, and of y
  Window committed_;
  Window proposed_;
  bool pending_ = false;  // the newest proposed pair is the one just formed, not committed yet
  Storage<H> reserved_;   // for all pairs at once
  Rows<H> s_;
  Rows<H> y_;
  Storage<double> rho_;  // by position; where H is narrower than T, a row for appended_curvature() too

private:
  // 2 capacity, or the largest Index where that overflows: no machine has the memory for either.
  static Index doubled(Index capacity) {
    constexpr Index most = std::numeric_limits<Index>::max();
    return capacity > most / 2 ? most : 2 * capacity;
  }
  // y . s of the pair as it would be stored, summed in the order in which forming a pair sums it.
  double stored_curvature(const T* s, const T* y) const {
    const Index length = chunk_length(n_);
    const H* const stored_s = rounded_->row(0);
    double ys = 0.0;
    for (Index at = 0; at < n_; at += length) {
      const Index size = std::min(length, n_ - at);
      std::copy_n(s + at, size, rounded_->row(0));
      std::copy_n(y + at, size, rounded_->row(1));
      double chunk = 0.0;
      pair_.stored_dots(&stored_s, 1, rounded_->row(1), size, &chunk);
      ys += chunk;
    }
    return ys;
  }
  void keep(double rho) {
    if (proposed_.size == capacity_) {
      ++proposed_.first;
    } else {
      ++proposed_.size;
    }
    pending_ = true;
    rho_.row(0)[position(proposed_, proposed_.size - 1)] = rho;
  }

  Index rows_used_ = 0;
  // A chunk of a pair that is appended, where H is narrower than T. resident_bytes() does not count these 128 kB at
  // most.
  std::optional<Storage<H>> rounded_;
};

}  // namespace lbfgs
