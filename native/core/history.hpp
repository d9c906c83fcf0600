// The curvature pairs and the direction they give.
#pragma once

#include <cstddef>

#include "kernels.hpp"
#include "storage.hpp"

namespace lbfgs {

/// The newest `capacity` pairs (s, y), each n entries of T; rho = 1 / (y . s) in double.
/// Memory: 2 (capacity + 1) rows of n, reserved at once, resident only as far as they have been written.
template <class T>
class History {
public:
  /// n >= 1, capacity >= 1. Throws OutOfMemory.
  History(Index n, Index capacity);

  Index size() const { return size_; }
  Index capacity() const { return capacity_; }
  std::size_t resident_bytes() const { return 2 * static_cast<std::size_t>(rows_used_) * s_.row_bytes(); }

  // Pairs by age, 0 the oldest.
  const T* s(Index age) const { return s_.row(row_of(age)); }
  const T* y(Index age) const { return y_.row(row_of(age)); }
  double rho(Index age) const { return rho_.row(0)[row_of(age)]; }

  /// Forms s = t d and y = g - g_before in the row that the next pair will have, and returns their products.
  Curvature propose(double t, const T* d, const T* g, const T* g_before);
  /// Keeps the proposed pair if its curvature is positive (torch's y . s > 1e-10) and finite; the oldest pair goes when
  /// the history is full. Returns whether it was kept.
  bool push(const Curvature& curvature);
  /// Takes the last push back, once. The pair it drove out returns.
  void undo();
  void clear() { size_ = 0; }

  /// Adds a pair with a rho of its own; `s` and `y` are n entries.
  void append(const T* s, const T* y, double rho);

  /// d <- -H g, H the L-BFGS inverse Hessian with H0 = h_diag I. d and g do not overlap.
  /// Source: Nocedal & Wright algorithm 7.4; torch's LBFGS.step.
  void direction(double h_diag, const T* g, T* d);

private:
  Index row_of(Index age) const { return (first_ + age) % (capacity_ + 1); }
  Index next_row() const { return row_of(size_); }
  void keep(double rho);

  Index n_;
  Index capacity_;
  Index first_ = 0;  // the oldest pair's row
  Index size_ = 0;
  Index rows_used_ = 0;
  bool dropped_ = false;  // the last push drove a pair out
  Storage<T> s_;
  Storage<T> y_;
  Storage<double> rho_;
  Storage<double> alpha_;
};

}  // namespace lbfgs
