// A diagonal matrix in place of H0 = gamma I, learnt from the pairs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"
#include "core/types/summary.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"

namespace lbfgs {

/// D, n positive numbers. It begins as gamma I at the first pair, or at begin(). Each pair changes it as the BFGS
/// formula for the inverse of a diagonal matrix, cut down to the diagonal, after it has been scaled to the pair:
///
///   D   <- D (s.y / y.D y),   1/D_i <- 1/D_i + y_i^2 / s.y - (s_i / D_i)^2 / (s . D^-1 s)
///
/// An entry that would be NaN, not positive or beyond the bounds of kernels.hpp is scaled only, or else stays as it is.
///
/// Source: Gilbert & Lemarechal, "Some numerical experiments with variable-storage quasi-Newton algorithms" (1989).
/// Whether D or gamma I is used depends on a score of how much better D has predicted the latest pairs: the product of
/// y.y s.s / (y.D y  s.D^-1 s) over the pairs, each to half the power of the next one. D is used where the score is
/// above e. A score that is not positive and finite begins anew at 1.
///
/// begin(), propose() and clear() hold until commit() or roll_back(); there is at most one begin() or propose() between
/// two commits. Pairs are stored as H. Memory: two vectors of n doubles, which hold the inverse of D, whose update
/// needs no division.
template <class H>
class Diagonal {
public:
  /// n = 0: there is none.
  explicit Diagonal(Index n) : kernels_(kernels<DiagonalKernels<H>>(n)), n_(n), inverses_(n > 0 ? 2 : 0, n) {}

  bool exists() const { return n_ > 0; }
  std::size_t bytes() const { return inverses_.bytes(); }

  /// The inverse of D before the next pair changes it.
  const double* current() {
    before_ = inverses_.row(committed_.row);
    if (!proposed_.has_begun) {
      std::fill_n(next_row(), n_, 1.0);  // scaled to the pair it is gamma I
      before_ = next_row();
    }
    return before_;
  }
  /// The products of a pair with current().
  DiagonalProducts products(const H* s, const H* y) { return kernels_.products(s, y, current(), n_); }
  /// Changes D by a pair. with: the products of the pair with current(), which has been called for this pair.
  void propose(const H* s, const H* y, const Curvature& pair, const DiagonalProducts& with) {
    // The formula for the scaled matrix, arranged so that few divisions depend on each other.
    const double rho = 1.0 / pair.ys;
    const double scale = with.y_d_y * rho;
    kernels_.update({scale, rho, scale * (1.0 / with.s_b_s)}, s, y, before_, next_row(), n_);
    const double score_before = proposed_.has_begun ? proposed_.score : 1.0;
    const double score = std::sqrt(score_before) * ((pair.yy / with.y_d_y) * (with.ss / with.s_b_s));
    proposed_ = {1 - committed_.row, score > 0.0 && std::isfinite(score) ? score : 1.0, true};
  }
  /// D <- the squares of the entries of x, within the bounds of kernels.hpp, and 1 for 0; d <- -D g. Returns the
  /// summary of d, with d . g as its product.
  template <class T>
  Summary begin(const T* x, const T* g, T* d) {
    Summary found;
    for (Index i = 0; i < n_; ++i) {
      const double x_i = x[i];
      const double g_i = g[i];
      const double square = x_i == 0.0 ? 1.0 : std::clamp(x_i * x_i, least_diagonal, most_diagonal);
      next_row()[i] = 1.0 / square;
      d[i] = static_cast<T>(-square * g_i);
      const double d_i = d[i];
      found.add({d_i * g_i, std::abs(d_i), std::isfinite(d_i)});
    }
    proposed_ = {1 - committed_.row, 1.0, true};
    return found;
  }
  /// Drops D, which begins anew at the next pair.
  void clear() { proposed_.has_begun = false; }
  void commit() { committed_ = proposed_; }
  void roll_back() { proposed_ = committed_; }

  /// Whether D is to be used rather than gamma I.
  bool is_better() const { return proposed_.has_begun && proposed_.score > least_score; }
  /// The inverse of D.
  const double* inverse() const { return inverses_.row(proposed_.row); }
  /// q <- D q
  void multiply(double* q) const { kernels_.multiply(inverse(), q, n_); }

private:
  static constexpr double least_score = 2.718281828459045;  // e

  struct State {
    int row = 0;  // of inverses_
    double score = 1.0;
    bool has_begun = false;
  };

  double* next_row() const { return inverses_.row(1 - committed_.row); }

  const DiagonalKernels<H>& kernels_;
  Index n_;
  Storage<double> inverses_;
  const double* before_ = nullptr;  // what current() returned last
  State committed_;
  State proposed_;
};

}  // namespace lbfgs
