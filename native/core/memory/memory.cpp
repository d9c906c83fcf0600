#include "core/memory/memory.hpp"

#include <array>
#include <memory>
#include <mutex>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace lbfgs {
namespace {

#if __has_include(<sys/mman.h>)
constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr std::size_t least_huge = 2 * huge_page;

// The bytes to map for a block of `bytes`, with space for a long block to begin on a huge page.
std::size_t mapped_bytes(std::size_t bytes) { return bytes < least_huge ? bytes : bytes + huge_page; }

void* map(std::size_t bytes) {
  void* const data = mmap(nullptr, mapped_bytes(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  // Long vectors are read up to a fifth faster on machines where page faults are expensive.
  if (bytes >= least_huge) madvise(data, mapped_bytes(bytes), MADV_HUGEPAGE);
#endif
  return data;
}
void* usable(void* data, std::size_t bytes) {
  if (bytes < least_huge) return data;
  std::size_t space = mapped_bytes(bytes);
  return std::align(huge_page, bytes, data, space);
}
void unmap(void* data, std::size_t bytes) { munmap(data, mapped_bytes(bytes)); }

constexpr bool can_map = true;
#else
constexpr std::size_t least_huge = static_cast<std::size_t>(-1);

void* map(std::size_t) { return nullptr; }
void* usable(void* data, std::size_t) { return data; }
void unmap(void*, std::size_t) {}

constexpr bool can_map = false;
#endif

bool is_mapped(std::size_t bytes) { return can_map && bytes >= Memory::least_mapping; }

// The mappings that all threads freed last. The class has no destructor, because an optimiser may be destroyed after
// the statics.
class Spares {
public:
  // A mapping of this size, or null.
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    for (std::size_t at = count_; at-- > 0;) {
      if (spares_[at].bytes == bytes) return remove(at).data;
    }
    return nullptr;
  }

  void keep(void* data, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > room_) return unmap(data, bytes);
    while (bytes > room_ - bytes_ || count_ == spares_.size()) unmap_oldest();
    spares_[count_++] = {data, bytes};
    bytes_ += bytes;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    room_ = 0;
    while (count_ > 0) unmap_oldest();
  }

private:
  struct Spare {
    void* data;
    std::size_t bytes;
  };

  Spare remove(std::size_t at) {
    const Spare spare = spares_[at];
    for (--count_; at < count_; ++at) spares_[at] = spares_[at + 1];
    bytes_ -= spare.bytes;
    return spare;
  }
  void unmap_oldest() {
    const Spare oldest = remove(0);
    unmap(oldest.data, oldest.bytes);
  }

  std::mutex mutex_;
  std::array<Spare, 16> spares_{};  // the oldest first
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::size_t room_ = Memory::spare_bytes;
};

Spares spares;

// The addon may be unloaded from a process that continues.
const struct AtUnload {
  ~AtUnload() { spares.close(); }
} at_unload;

}  // namespace

Memory::Memory(std::size_t bytes) {
  if (is_mapped(bytes)) {
    mapping_ = spares.take(bytes);
    if (mapping_ == nullptr) mapping_ = map(bytes);
    mapped_bytes_ = bytes;
    if (mapping_ != nullptr) data_ = usable(mapping_, bytes);
  } else {
    // Aligned by hand: glibc before 2.38 does not reuse what its aligned allocation frees.
    std::size_t space = bytes + alignment;
    block_ = new (std::nothrow) std::byte[space];
    data_ = block_;
    if (block_ != nullptr) std::align(alignment, bytes, data_, space);
  }
  if (data_ == nullptr) throw OutOfMemory(static_cast<double>(bytes));
}

Memory::~Memory() {
  if (mapping_ != nullptr) spares.keep(mapping_, mapped_bytes_);
  delete[] block_;
}

}  // namespace lbfgs
