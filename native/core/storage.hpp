// Rows of equal length in one aligned, uninitialised block of memory.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>

#include "kernels.hpp"

namespace lbfgs {

/// What one allocation failed to get.
class OutOfMemory : public std::bad_alloc {
public:
  explicit OutOfMemory(double bytes) : bytes_(bytes) {}
  const char* what() const noexcept override { return "out of memory"; }
  /// The bytes asked for; a double, since it may be beyond any integer.
  double bytes() const { return bytes_; }

private:
  double bytes_;
};

/// `rows` x `n` entries, each row on a cache line of its own. Untouched pages of a large block are not resident.
template <class T>
class Storage {
public:
  Storage(Index rows, Index n) : stride_((n + line - 1) / line * line) {
    const double wanted = static_cast<double>(rows) * static_cast<double>(stride_) * sizeof(T);
    if (wanted > static_cast<double>(std::numeric_limits<Index>::max() - alignment)) throw OutOfMemory(wanted);
    std::size_t space = static_cast<std::size_t>(rows) * row_bytes() + alignment;
    block_.reset(new (std::nothrow) std::byte[space]);
    if (!block_) throw OutOfMemory(wanted);
    void* start = block_.get();
    rows_ = static_cast<T*>(std::align(alignment, space - alignment, start, space));
  }

  T* row(Index index) const { return rows_ + index * stride_; }
  std::size_t row_bytes() const { return static_cast<std::size_t>(stride_) * sizeof(T); }

private:
  static constexpr std::size_t alignment = 64;
  static constexpr Index line = static_cast<Index>(alignment / sizeof(T));

  Index stride_;
  // Aligned by hand: glibc before 2.38 does not reuse what its aligned allocation frees, and memory would grow for
  // ever.
  std::unique_ptr<std::byte[]> block_;
  T* rows_;
};

}  // namespace lbfgs
