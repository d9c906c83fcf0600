// The curvature pairs and the direction they give.
#pragma once

#include <cstddef>

#include "kernels.hpp"
#include "storage.hpp"

namespace lbfgs {

/// The newest `capacity` pairs (s, y), each n entries of T; rho = 1 / (y . s) in double.
///
/// push() and clear() are proposals: direction() sees them, the pairs by age do not before commit(), and roll_back()
/// drops them. At most one push between commits.
///
/// Memory: 2 (capacity + 1) rows of n, reserved at once, resident only as far as they have been written.
template <class T>
class History {
public:
  /// n >= 1, capacity >= 1. Throws OutOfMemory.
  History(Index n, Index capacity);

  Index size() const { return committed_.size; }
  Index capacity() const { return capacity_; }
  std::size_t resident_bytes() const { return 2 * static_cast<std::size_t>(rows_used_) * s_.row_bytes(); }

  // The committed pairs by age, 0 the oldest.
  const T* s(Index age) const { return s_.row(row_of(committed_, age)); }
  const T* y(Index age) const { return y_.row(row_of(committed_, age)); }
  double rho(Index age) const { return rho_.row(0)[row_of(committed_, age)]; }

  /// Forms s = t d and y = g - g_before in the row that the next pair will have, and returns their products. Both are 0
  /// beyond the first `known` coordinates.
  Curvature form(double t, const T* d, const T* g, const T* g_before, Index known);
  /// Proposes the pair just formed if its curvature is positive (torch's y . s > 1e-10) and finite; the oldest pair
  /// goes when the history is full. Returns whether it is taken.
  bool push(const Curvature& curvature);
  /// Proposes to forget all pairs.
  void clear() { proposed_.size = 0; }

  void commit() { committed_ = proposed_; }
  void roll_back() { proposed_ = committed_; }

  /// Adds and commits a pair with a rho of its own; `s` and `y` are n entries.
  void append(const T* s, const T* y, double rho);

  /// d <- -H g, H the L-BFGS inverse Hessian with H0 = h_diag I; returns g . d. d and g do not overlap.
  /// Source: Nocedal & Wright algorithm 7.4; torch's LBFGS.step.
  double direction(double h_diag, const T* g, T* d);

private:
  // Which rows of the ring of capacity + 1 are pairs. A push leaves every committed row as it is.
  struct Window {
    Index first = 0;  // the oldest pair's row
    Index size = 0;
  };

  Index row_of(const Window& window, Index age) const {
    const Index row = window.first + age;
    return row <= capacity_ ? row : row - (capacity_ + 1);
  }
  Index next_row() const { return row_of(proposed_, proposed_.size); }
  void keep(double rho);

  Index n_;
  Index capacity_;
  Index rows_used_ = 0;
  Window committed_;
  Window proposed_;
  Storage<T> s_;
  Storage<T> y_;
  Storage<double> rho_;
  Storage<double> alpha_;
};

}  // namespace lbfgs
