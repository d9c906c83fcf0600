// Rows of equal length in one block of memory.
#pragma once

#include <cstddef>
#include <limits>

#include "kernels.hpp"
#include "memory.hpp"

namespace lbfgs {

/// `rows` x `n` entries, uninitialised, each row beginning on a cache line. Throws OutOfMemory.
template <class T>
class Storage {
public:
  Storage(Index rows, Index n)
      : stride_((n + line - 1) / line * line),
        memory_(checked_bytes(rows, stride_)),
        rows_(static_cast<T*>(memory_.data())) {}

  T* row(Index index) const { return rows_ + index * stride_; }
  std::size_t row_bytes() const { return static_cast<std::size_t>(stride_) * sizeof(T); }

private:
  static constexpr Index line = static_cast<Index>(Memory::alignment / sizeof(T));

  static std::size_t checked_bytes(Index rows, Index stride) {
    const double wanted = static_cast<double>(rows) * static_cast<double>(stride) * sizeof(T);
    if (wanted >= static_cast<double>(std::numeric_limits<Index>::max())) throw OutOfMemory(wanted);
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(stride) * sizeof(T);
  }

  Index stride_;
  Memory memory_;
  T* rows_;
};

}  // namespace lbfgs
