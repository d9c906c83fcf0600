// More entries than 32 bits can count. Memory is reserved, and next to nothing of it touched.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/pairs.hpp"
#include "core/vectors/parameters.hpp"

namespace lbfgs::test {
namespace {

// A history whose rows can be asked for, after any number of pairs.
class Ring final : public Pairs<float, float> {
public:
  Ring(Index capacity, Index rows) : Pairs(1, capacity, rows) {}

  Index row_of(Index pushed, Index age) const { return row(window(pushed), age); }
  std::size_t place_of(Index pushed, Index age) const { return position(window(pushed), age); }

  Curvature form(const Move<float>&) override { return {}; }
  Summary direction(double, const float*, float*) override { return {}; }

private:
  Window window(Index pushed) const {
    return pushed <= capacity() ? Window{0, pushed} : Window{pushed - capacity(), capacity()};
  }
};

}  // namespace

TEST_CASE("rows of more than 2^32 entries in all lie apart, each of its full length") {
  // Bytes: what holds for their offsets holds for those of other entries, in as little memory as can be.
  constexpr Index rows = 5;
  constexpr Index n = 1'000'000'007;
  static_assert(rows * n > (Index{1} << 32));
  const Storage<std::uint8_t> storage(rows, n);
  std::uint8_t number = 0;
  for (Index row = 0; row < rows; ++row) {
    for (const Index at : {Index{0}, n / 2, n - 1}) storage.row(row)[at] = ++number;
  }
  number = 0;
  for (Index row = 0; row < rows; ++row) {
    for (const Index at : {Index{0}, n / 2, n - 1}) CHECK(storage.row(row)[at] == ++number);
    CHECK(storage.row(row) - storage.row(0) == row * ((n + 63) / 64 * 64));
  }
  CHECK(storage.row_bytes() == (n + 63) / 64 * 64);
}

TEST_CASE("pairs go round and round their rows for longer than 32 bits count") {
  for (const Index capacity : {1, 2, 3, 5, 100}) {
    const Ring ring(capacity, capacity);
    const Ring with_one_more(capacity, capacity + 1);
    for (const Index pushed : {Index{1}, capacity, capacity + 1, 7 * capacity + 3, (Index{1} << 31) + 1,
                               (Index{1} << 32) + 3, Index{1} << 40}) {
      CAPTURE(capacity);
      CAPTURE(pushed);
      const Index size = std::min(pushed, capacity);
      for (Index age = 0; age < size; ++age) {
        const Index number = pushed - size + age;  // of the pair, the first one ever being 0
        CHECK(ring.row_of(pushed, age) == number % capacity);
        CHECK(with_one_more.row_of(pushed, age) == number % (capacity + 1));
        CHECK(ring.place_of(pushed, age) == static_cast<std::size_t>(number % (capacity + 1)));
      }
    }
  }
}

TEST_CASE("the chunks of more than 2^32 entries begin where they should, on any thread") {
  constexpr Index length = (Index{5} << 30) + 7;
  for (const int threads : {1, 3}) {
    Chunks chunks(length);
    chunks.set_threads(threads);
    CHECK(chunks.count() == length / chunks.length() + 1);
    std::vector<Index> entries(static_cast<std::size_t>(threads));
    std::vector<Index> last(static_cast<std::size_t>(threads));
    chunks.each([&](Index at, Index size, int worker) {
      entries[static_cast<std::size_t>(worker)] += size;
      last[static_cast<std::size_t>(worker)] = std::max(last[static_cast<std::size_t>(worker)], at + size);
    });
    Index sum = 0;
    for (const Index some : entries) sum += some;
    CHECK(sum == length);
    CHECK(*std::max_element(last.begin(), last.end()) == length);
  }
}

TEST_CASE("pieces of parameters of more than 2^32 entries are found") {
  std::vector<ParameterView> views;
  for (int i = 0; i < 5; ++i) views.push_back({Dtype::float32, Index{1} << 30, nullptr, Dtype::float32, nullptr});
  const Parameters parameters(views);
  CHECK(parameters.size() == Index{5} << 30);
  int pieces = 0;
  parameters.for_each_piece((Index{1} << 32) - 3, 10, [&](const Piece& piece) {
    const bool first = pieces++ == 0;
    CHECK(&piece.view == &parameters[first ? 3 : 4]);
    CHECK(piece.from == (first ? (Index{1} << 30) - 3 : 0));
    CHECK(piece.at == (first ? (Index{1} << 32) - 3 : Index{1} << 32));
    CHECK(piece.size == (first ? 3 : 7));
  });
  CHECK(pieces == 2);
}

}  // namespace lbfgs::test
