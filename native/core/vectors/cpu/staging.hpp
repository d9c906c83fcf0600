// Copies of the caller's arrays, for work on another thread while the caller's own must not be touched.
#pragma once

#include "core/memory/memory.hpp"
#include "core/types/dtype.hpp"
#include "core/vectors/parameters.hpp"

namespace lbfgs {

/// The values in their own dtypes, the gradients in the computing one: 2 rows of n. Only fetch… and deliver… look at
/// the caller's arrays.
class Staging {
public:
  static constexpr Index rows = 2;

  /// `computing` is not narrower than any dtype of the values. Throws OutOfMemory.
  Staging(const Parameters& caller, Dtype computing);

  /// The copies, seen as the caller's arrays are.
  const Parameters& views() const { return views_; }
  std::size_t bytes() const { return static_cast<std::size_t>(rows) * row_bytes_; }

  // These functions copy the entries [at, at + size) of the flat vector, without those of arrays that are out of reach.
  /// The copied values <- the caller's.
  void fetch_data(const Parameters& caller, Index at, Index size);
  /// The copied gradients <- the caller's; a gradient that is null is null in the copy too.
  void fetch_gradients(const Parameters& caller, Index at, Index size);
  /// The caller's values <- the copies.
  void deliver_data(const Parameters& caller, Index at, Index size) const;

private:
  std::size_t row_bytes_;
  Memory data_;
  Memory gradients_;
  Parameters views_;
};

}  // namespace lbfgs
