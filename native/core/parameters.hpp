// The caller's arrays, seen as one flat vector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels.hpp"

namespace lbfgs {

enum class Dtype { float32, float64 };

/// One parameter: where its values and its gradient are at this evaluation.
struct ParameterView {
  Dtype dtype = Dtype::float64;
  Index size = 0;
  void* data = nullptr;  ///< null: out of reach now, neither read nor written
  Dtype grad_dtype = Dtype::float64;
  void* grad = nullptr;  ///< null: counts as zero, and stays null
};

/// A stretch of a parameter: entries [from, from + size), at `at` in the flat vector.
struct Piece {
  const ParameterView& view;
  Index from;
  Index at;
  Index size;
};

/// The parameters of one optimiser, concatenated in their order.
class Parameters {
public:
  explicit Parameters(std::vector<ParameterView> views) : views_(std::move(views)) {
    for (const ParameterView& view : views_) size_ += view.size;
  }

  /// Entries in all.
  Index size() const { return size_; }
  ParameterView& operator[](std::size_t index) { return views_[index]; }
  std::size_t count() const { return views_.size(); }

  /// Calls block(at, size, pieces) for the blocks of the flat vector, where pieces(work) calls work(Piece) for the
  /// stretches of parameters that make the block up.
  template <class Block>
  void for_each_block(Block&& block) const {
    std::size_t index = 0;
    Index from = 0;
    lbfgs::for_each_block(size_, [&](Index at, Index size) {
      block(at, size, [&](auto&& work) {
        for (Index done = 0; done < size;) {
          const ParameterView& view = views_[index];
          const Index taken = std::min(size - done, view.size - from);
          if (taken > 0) work(Piece{view, from, at + done, taken});
          done += taken;
          from += taken;
          if (from == view.size) {
            ++index;
            from = 0;
          }
        }
      });
    });
  }

private:
  std::vector<ParameterView> views_;
  Index size_ = 0;
};

}  // namespace lbfgs
