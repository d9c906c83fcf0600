// The caller's arrays, seen as one flat vector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/types/dtype.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// One parameter: where its values and its gradient are at this evaluation.
struct ParameterView {
  Dtype dtype = Dtype::float64;
  Index size = 0;
  void* data = nullptr;  ///< null: out of reach now, neither read nor written
  Dtype grad_dtype = Dtype::float64;
  void* grad = nullptr;  ///< null: counts as zero, and stays null
};

/// A segment of a parameter: entries [from, from + size), which begin at `at` in the flat vector.
struct Piece {
  const ParameterView& view;
  std::size_t index;  // of the parameter
  Index from;
  Index at;
  Index size;
};

/// The parameters of one optimiser, concatenated in their order.
class Parameters {
public:
  explicit Parameters(std::vector<ParameterView> views) : views_(std::move(views)) {
    for (const ParameterView& view : views_) {
      starts_.push_back(size_);
      size_ += view.size;
    }
  }

  /// Entries in all.
  Index size() const { return size_; }
  ParameterView& operator[](std::size_t index) { return views_[index]; }
  const ParameterView& operator[](std::size_t index) const { return views_[index]; }
  std::size_t count() const { return views_.size(); }
  bool all_of(Dtype dtype) const {
    return std::all_of(views_.begin(), views_.end(), [=](const ParameterView& view) { return view.dtype == dtype; });
  }

  /// Calls work(Piece) for the segments that make up [at, at + size) of the flat vector.
  template <class Work>
  void for_each_piece(Index at, Index size, Work&& work) const {
    if (size == 0) return;
    std::size_t index = 0;
    if (at > 0) {
      const auto after = std::upper_bound(starts_.begin(), starts_.end(), at);
      index = static_cast<std::size_t>(after - starts_.begin()) - 1;
    }
    for (const Index end = at + size; at < end; ++index) {
      const ParameterView& view = views_[index];
      const Index from = at - starts_[index];
      const Index taken = std::min(end - at, view.size - from);
      if (taken > 0) work(Piece{view, index, from, at, taken});
      at += taken;
    }
  }

private:
  std::vector<ParameterView> views_;
  std::vector<Index> starts_;  // where each parameter begins in the flat vector
  Index size_ = 0;
};

}  // namespace lbfgs
