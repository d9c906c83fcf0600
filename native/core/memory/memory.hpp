// Memory for long vectors.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

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

/// Uninitialised bytes that begin on a cache line. Where the system can map memory, a block of 128 kB or more is a
/// mapping of its own: its pages are resident only once touched, and what is freed goes back. The C library's heap
/// promises neither: what it frees between living blocks may stay resident for ever. The last mappings to be freed,
/// 8 MB in all, wait for a next block of the same size, which then has its pages ready.
class Memory {
public:
  static constexpr std::size_t alignment = 64;
  /// Below, a mapping costs more than it saves.
  static constexpr std::size_t least_mapping = std::size_t{1} << 17;
  static constexpr std::size_t spare_bytes = std::size_t{1} << 23;

  /// Throws OutOfMemory.
  explicit Memory(std::size_t bytes);
  Memory(Memory&& other) noexcept { swap(other); }
  Memory& operator=(Memory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Memory();

  void* data() const { return data_; }

private:
  void swap(Memory& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(block_, other.block_);
    std::swap(mapping_, other.mapping_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
  }

  void* data_ = nullptr;
  std::byte* block_ = nullptr;  // a block of the heap, or
  void* mapping_ = nullptr;     // a mapping for so many bytes
  std::size_t mapped_bytes_ = 0;
};

}  // namespace lbfgs
