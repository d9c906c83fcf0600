// A diagonal matrix in place of H0 = gamma I, learnt from the pairs.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <utility>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"
#include "core/types/summary.hpp"

namespace lbfgs {

/// D, n positive numbers. It begins as gamma I at the first pair. Each pair changes it as the BFGS formula for the
/// inverse of a diagonal matrix, cut down to the diagonal, after it has been scaled to the pair:
///
///   D   <- D (s.y / y.D y),   1/D_i <- 1/D_i + y_i^2 / s.y - (s_i / D_i)^2 / (s . D^-1 s)
///
/// Source: Gilbert & Lemarechal, "Some numerical experiments with variable-storage quasi-Newton algorithms" (1989).
/// Whether D or gamma I is used depends on a score: how much better D has foretold the latest pairs, by
/// ln(y.y s.s / (y.D y  s.D^-1 s)), each counting half of the next one.
///
/// propose() holds until commit() or roll_back(). Memory: two vectors of n doubles.
class Diagonal {
public:
  explicit Diagonal(Index n) : n_(n), rows_(n > 0 ? 2 : 0, n) {}

  bool exists() const { return n_ > 0; }
  std::size_t bytes() const { return rows_.bytes(); }

  /// The next pair. is_first: the history was empty before it.
  template <class H>
  void propose(const H* s_row, const H* y_row, const Curvature& pair, bool is_first) {
    using Row = Eigen::Map<const Eigen::Array<H, Eigen::Dynamic, 1>>;
    const auto s = Row(s_row, n_).template cast<double>();
    const auto y = Row(y_row, n_).template cast<double>();
    const auto before = entries(committed_);
    auto after = entries(1 - committed_);
    if (is_first) after.setConstant(pair.scale());
    if (!is_first) after = before;
    const double y_d_y = (after * y * y).sum();
    const double s_d_s = (s * s / after).sum();
    const double score = std::log(pair.yy * (s * s).sum() / (y_d_y * s_d_s));
    proposed_score_ = (is_first ? 0.0 : score_ / 2.0) + (std::isfinite(score) ? score : 0.0);
    const double scale = pair.ys / y_d_y;
    const double rest = s_d_s / scale;
    for (Index i = 0; i < n_; ++i) {
      const double d = after[i] * scale;
      const double step = s[i] / d;
      const double next = 1.0 / (1.0 / d + y[i] * y[i] / pair.ys - step * step / rest);
      after[i] = next > 0.0 && std::isfinite(next) ? next : d;
    }
    proposed_ = 1 - committed_;
  }
  void commit() {
    committed_ = proposed_;
    score_ = proposed_score_;
  }
  void roll_back() {
    proposed_ = committed_;
    proposed_score_ = score_;
  }

  /// Whether D is to be used rather than gamma I.
  bool is_better() const { return exists() && proposed_score_ > 1.0; }
  /// q <- D q
  void multiply(double* q) const { Eigen::Map<Eigen::ArrayXd>(q, n_) *= entries(proposed_); }

private:
  Eigen::Map<Eigen::ArrayXd> entries(int row) const { return {rows_.row(row), n_}; }

  Index n_;
  Storage<double> rows_;
  int committed_ = 0;
  int proposed_ = 0;
  double score_ = 0.0;
  double proposed_score_ = 0.0;
};

}  // namespace lbfgs
