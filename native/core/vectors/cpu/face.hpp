// The face of a region that x is on: the entries that may move, and the gradient along them.
#pragma once

#include <algorithm>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/types/region.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"

namespace lbfgs {

/// Whether a pair is used on a face: s.y over the free entries is not small beside gamma y.y.
inline bool is_curved(const Curvature& on_face, double gamma) {
  constexpr double least = 1e-8;
  return on_face.ys > least * gamma * on_face.yy && on_face.yy > 0.0;
}

/// A region (types/region.hpp), for passes over chunks.
class Face {
public:
  /// x: the point, n entries, which outlives the face.
  Face(const Region& region, const double* x, Index n)
      : kernels(lbfgs::kernels<RegionKernels>(n)), x_(x), length_(chunk_length(n)), same_(4, length_) {
    std::fill_n(same_.row(3), length_, 0.0);
    set(region);
  }
  void set(const Region& region) {
    region_ = region;
    std::fill_n(same_.row(0), length_, region.lower.same);
    std::fill_n(same_.row(1), length_, region.upper.same);
    std::fill_n(same_.row(2), length_, region.weights.same);
  }

  /// A chunk of the face; valid until the same worker calls look() again.
  struct View {
    double* slopes;   ///< the gradient of loss and penalty, 0 for entries that are not free
    double* is_free;  ///< 1 or 0
  };

  /// Allocates the views of so many workers. To be called before a pass calls look().
  void prepare(int workers) {
    while (views_.size() < static_cast<std::size_t>(workers)) views_.emplace_back(2, length_);
  }
  View look(Index at, Index size, int worker, const double* g) const {
    const Storage<double>& buffers = views_[static_cast<std::size_t>(worker)];
    const View view{buffers.row(0), buffers.row(1)};
    kernels.face(part(at), x_ + at, g + at, view.slopes, view.is_free, size);
    return view;
  }
  /// Sets the entries of a chunk of a direction that must not move to 0. inside: also cuts the others at the bounds.
  RegionLine settle(Index at, Index size, const View& view, double* d, bool inside = false) const {
    return kernels.settle(part(at), x_ + at, view.slopes, view.is_free, inside, d + at, size);
  }

  RegionPart part(Index at) const {
    const auto from = [&](const PerCoordinate& numbers, Index row) {
      return numbers.each != nullptr ? numbers.each + at : same_.row(row);
    };
    return {from(region_.lower, 0), from(region_.upper, 1), from(region_.weights, 2)};
  }
  /// A chunk of zeros.
  const double* zeros() const { return same_.row(3); }

  const RegionKernels& kernels;
  RegionLine line;  ///< the direction formed last

private:
  const double* x_;
  Region region_;
  Index length_;
  Storage<double> same_;                // chunks filled with the region's numbers for all coordinates, and one of zeros
  std::vector<Storage<double>> views_;  // by worker
};

}  // namespace lbfgs
