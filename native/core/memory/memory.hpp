// Memory for long vectors.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace lbfgs {

/// Memory that could not be allocated.
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
/// mapping of its own: its pages become resident when they are touched, and they are returned to the system when it is
/// freed. The C library's heap guarantees neither: memory freed between blocks in use may stay resident. The mappings
/// freed last, up to 8 MB, are kept for the next block of the same size, whose pages are resident then.
class Memory {
public:
  static constexpr std::size_t alignment = 64;
  /// For fewer bytes a mapping costs more than it saves.
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
  std::byte* block_ = nullptr;  // the block on the heap; null where the memory is a mapping
  void* mapping_ = nullptr;     // the mapping; null where the memory is on the heap
  std::size_t mapped_bytes_ = 0;
};

}  // namespace lbfgs
