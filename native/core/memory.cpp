#include "memory.hpp"

#include <memory>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace lbfgs {
namespace {

#if __has_include(<sys/mman.h>)
constexpr std::size_t least_mapping = std::size_t{1} << 17;  // below 128 kB a mapping costs more than it saves

void* map(std::size_t bytes) {
  void* const data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : data;
}
void unmap(void* data, std::size_t bytes) { munmap(data, bytes); }
#else
constexpr std::size_t least_mapping = static_cast<std::size_t>(-1);

void* map(std::size_t) { return nullptr; }
void unmap(void*, std::size_t) {}
#endif

}  // namespace

Memory::Memory(std::size_t bytes) {
  if (bytes >= least_mapping) {
    data_ = map(bytes);
    mapped_bytes_ = bytes;
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
  if (mapped_bytes_ > 0 && data_ != nullptr) unmap(data_, mapped_bytes_);
  delete[] block_;
}

}  // namespace lbfgs
