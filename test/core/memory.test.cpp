#include "core/memory/memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/memory/storage.hpp"

namespace lbfgs::test {

TEST_CASE("memory of every size begins on a cache line and can be written to its end") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{64}, std::size_t{1000}, std::size_t{4194303},
                                  std::size_t{4194304}, std::size_t{10'000'000}}) {
    CAPTURE(bytes);
    const Memory memory(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % Memory::alignment == 0);
    std::memset(memory.data(), 1, bytes);
  }
}

TEST_CASE("memory that is moved keeps its bytes") {
  for (const std::size_t bytes : {std::size_t{100}, std::size_t{10'000'000}}) {
    Memory first(bytes);
    std::memset(first.data(), 7, bytes);
    void* const data = first.data();
    Memory second(std::move(first));
    Memory third(8);
    third = std::move(second);
    CHECK(third.data() == data);
    CHECK(static_cast<unsigned char*>(third.data())[bytes - 1] == 7);
  }
}

#if __has_include(<sys/mman.h>)

static bool is_mapped(void* data) {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const auto page = address - address % static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  return msync(reinterpret_cast<void*>(page), 1, MS_ASYNC) == 0;  // fails with ENOMEM where nothing is mapped
}

TEST_CASE("memory freed between blocks that live on goes back to the system, but for 8 MB") {
  constexpr std::size_t bytes = 1'000'000;
  { const Memory first(bytes); }  // glibc gives blocks of a size that was freed once another place
  std::vector<Memory> alive;
  std::vector<void*> freed;
  {
    std::vector<Memory> dropped;
    for (int count = 0; count < 50; ++count) {
      dropped.emplace_back(bytes);
      std::memset(dropped.back().data(), 1, bytes);
      freed.push_back(dropped.back().data());
      alive.emplace_back(bytes);
      std::memset(alive.back().data(), 1, bytes);
    }
  }
  CHECK(std::count_if(freed.begin(), freed.end(), is_mapped) <= 8);
  CHECK(std::all_of(alive.begin(), alive.end(), [](const Memory& memory) { return is_mapped(memory.data()); }));
}

TEST_CASE("the next block of a size has the memory of those freed last") {
  constexpr std::size_t bytes = 500'000;
  void* data = nullptr;
  void* other = nullptr;
  {
    const Memory memory(bytes);
    const Memory another(bytes + 4096);
    data = memory.data();
    other = another.data();
  }
  const Memory memory(bytes);
  CHECK(memory.data() == data);
  const Memory another(bytes + 4096);
  CHECK(another.data() == other);
  const Memory third(bytes);
  CHECK(third.data() != data);
}

TEST_CASE("what is kept of blocks freed are few, whatever their sizes, and none that is beyond 8 MB") {
  std::vector<void*> freed;
  {
    std::vector<Memory> dropped;
    for (std::size_t size = 0; size < 40; ++size) {
      dropped.emplace_back(Memory::least_mapping + size * 4096);
      freed.push_back(dropped.back().data());
    }
    dropped.emplace_back(Memory::spare_bytes + 1);
    freed.push_back(dropped.back().data());
  }
  CHECK(std::count_if(freed.begin(), freed.end(), is_mapped) == 16);
  CHECK_FALSE(is_mapped(freed.back()));
}

#endif

TEST_CASE("rows begin on cache lines, and not all in the same set of a first-level cache") {
  for (const Index n : {1, 8, 9, 511, 512, 1000, 1024, 16384}) {
    CAPTURE(n);
    const Storage<double> storage(2, n);
    const Index apart = (storage.row(1) - storage.row(0)) * Index{sizeof(double)};
    CHECK(apart % 64 == 0);
    CHECK(apart % 4096 != 0);
    CHECK(apart >= n * Index{sizeof(double)});
    CHECK(apart < n * Index{sizeof(double)} + 128);
  }
}

TEST_CASE("memory that cannot be had is an error that says how much it was") {
  CHECK_THROWS_AS(Storage<double>(std::numeric_limits<Index>::max() / 2, 1000), OutOfMemory);
  try {
    const Storage<float> huge(Index{1} << 40, Index{1} << 17);
    FAIL("got 2^59 bytes and more");
  } catch (const OutOfMemory& error) {
    CHECK(error.bytes() == 0x1p59 + 0x1p46);
    CHECK(error.what() == std::string("out of memory"));
  }
}

}  // namespace lbfgs::test
