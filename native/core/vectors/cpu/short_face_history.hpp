// The direction on a face of a region where vectors are short.
#pragma once

#include <vector>

#include "core/vectors/cpu/face.hpp"
#include "core/vectors/cpu/pairs.hpp"

namespace lbfgs {

/// Computes the direction of face_history.hpp by the two loops. Products of the pairs with each other, as
/// face_history.hpp keeps them, would be little but rounding errors where vectors are short.
template <class H>
class ShortFaceHistory final : public Pairs<double, H> {
public:
  static constexpr Index most = 16;  ///< entries

  /// n <= most.
  ShortFaceHistory(Index capacity, Index n, Face& face)
      : Pairs<double, H>(n, capacity, capacity + 1), face_(face), alphas_(static_cast<std::size_t>(capacity)) {}

  Curvature form(const Move<double>& move) override {
    const Index row = this->used(this->next_row());
    return this->pair_.form(move.t, move.d, move.g, move.g_before, this->s_.row(row), this->y_.row(row), n_);
  }

  /// Source: Nocedal & Wright algorithm 7.4, over the free entries.
  Summary direction(double h_diag, const double* g, double* d) override {
    face_.prepare(1);
    const Face::View view = face_.look(0, n_, 0, g);
    find_curved(view.is_free, h_diag);
    const auto dot = [&](const H* row) {
      double sum = 0.0;
      for (Index i = 0; i < n_; ++i) sum += view.is_free[i] * (row[i] * d[i]);
      return sum;
    };
    const auto add = [&](double factor, const H* row) {
      for (Index i = 0; i < n_; ++i) d[i] += factor * row[i];
    };
    for (Index i = 0; i < n_; ++i) d[i] = -view.slopes[i];
    for (std::size_t k = curved_.size(); k-- > 0;) {
      alphas_[k] = dot(this->s_.row(curved_[k].row)) / curved_[k].on_face.ys;
      add(-alphas_[k], this->y_.row(curved_[k].row));
    }
    const double gamma = curved_.empty() ? h_diag : curved_.back().on_face.scale();
    for (Index i = 0; i < n_; ++i) d[i] *= gamma;
    for (std::size_t k = 0; k < curved_.size(); ++k) {
      add(alphas_[k] - dot(this->y_.row(curved_[k].row)) / curved_[k].on_face.ys, this->s_.row(curved_[k].row));
    }
    face_.line = face_.settle(0, n_, view, d);
    return face_.line.d;
  }

private:
  using Pairs<double, H>::n_;
  using Pairs<double, H>::proposed_;

  struct CurvedPair {
    Index row;
    Curvature on_face;
  };

  // The pairs that are used, the oldest first.
  void find_curved(const double* is_free, double h_diag) {
    curved_.clear();
    for (Index age = 0; age < proposed_.size; ++age) {
      CurvedPair pair{this->row(proposed_, age), {}};
      for (Index i = 0; i < n_; ++i) {
        const double y = is_free[i] * this->y_.row(pair.row)[i];
        pair.on_face.ys += this->s_.row(pair.row)[i] * y;
        pair.on_face.yy += y * y;
      }
      if (is_curved(pair.on_face, h_diag)) curved_.push_back(pair);
    }
  }

  Face& face_;
  std::vector<CurvedPair> curved_;
  std::vector<double> alphas_;
};

}  // namespace lbfgs
