// Rows of equal length in one block of memory.
#pragma once

#include <cstddef>
#include <limits>

#include "core/memory/memory.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// Rows in a Storage, from some row on.
template <class T>
struct Rows {
  T* first;
  Index stride;

  T* row(Index index) const { return first + index * stride; }
};

/// `rows` x `n` entries, uninitialised, each row beginning on a cache line. The distance of two rows is never a whole
/// number of pages: the same entry of all rows, read side by side, would fall into one set of the first-level cache.
/// Throws OutOfMemory.
template <class T>
class Storage {
public:
  Storage(Index rows, Index n)
      : count_(rows), stride_(stride_for(n)), memory_(checked_bytes(rows, n)), rows_(static_cast<T*>(memory_.data())) {}

  /// The bytes of so many rows; a double, since they may be beyond any integer.
  static double bytes_of(Index rows, Index n) {
    return static_cast<double>(rows) * static_cast<double>(stride_for(n)) * sizeof(T);
  }

  T* row(Index index) const { return rows_ + index * stride_; }
  /// The rows from this one on.
  Rows<T> from(Index index) const { return {row(index), stride_}; }
  std::size_t row_bytes() const { return static_cast<std::size_t>(stride_) * sizeof(T); }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * row_bytes(); }

private:
  static constexpr Index line = static_cast<Index>(Memory::alignment / sizeof(T));

  static Index stride_for(Index n) {
    constexpr Index page = static_cast<Index>(4096 / sizeof(T));
    const Index whole_lines = (n + line - 1) / line * line;
    return whole_lines % page == 0 ? whole_lines + line : whole_lines;
  }

  static std::size_t checked_bytes(Index rows, Index n) {
    const double wanted = bytes_of(rows, n);
    if (wanted >= static_cast<double>(std::numeric_limits<Index>::max())) throw OutOfMemory(wanted);
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(stride_for(n)) * sizeof(T);
  }

  Index count_;
  Index stride_;
  Memory memory_;
  T* rows_;
};

}  // namespace lbfgs
