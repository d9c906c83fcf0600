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
    if (wanted > static_cast<double>(std::numeric_limits<Index>::max())) throw OutOfMemory(wanted);
    const std::size_t bytes = static_cast<std::size_t>(rows) * row_bytes();
    data_.reset(static_cast<T*>(::operator new(bytes, alignment, std::nothrow)));
    if (!data_) throw OutOfMemory(wanted);
  }

  T* row(Index index) const { return data_.get() + index * stride_; }
  std::size_t row_bytes() const { return static_cast<std::size_t>(stride_) * sizeof(T); }

private:
  static constexpr std::align_val_t alignment{64};
  static constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  struct Free {
    void operator()(T* data) const { ::operator delete(data, alignment); }
  };

  Index stride_;
  std::unique_ptr<T, Free> data_;
};

}  // namespace lbfgs
