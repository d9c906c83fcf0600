#include "core/memory.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "core/storage.hpp"

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
