#include "core/vectors/parameters.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace lbfgs::test {
namespace {

Parameters of_sizes(const std::vector<Index>& sizes) {
  std::vector<ParameterView> views;
  for (const Index size : sizes) views.push_back({Dtype::float64, size, nullptr, Dtype::float64, nullptr});
  return Parameters(views);
}

}  // namespace

TEST_CASE("any stretch of the flat vector is made of pieces of the parameters, in their order") {
  const std::vector<std::vector<Index>> cuts{{5},           {2, 3}, {0, 2, 0, 0, 3, 0}, {1, 1, 1, 1, 1}, {0, 0, 4, 1},
                                             {7, 0, 11, 3}, {}};
  for (const std::vector<Index>& sizes : cuts) {
    const Parameters parameters = of_sizes(sizes);
    // The parameter and its entry that each flat entry is.
    std::vector<std::pair<std::size_t, Index>> entries;
    for (std::size_t index = 0; index < sizes.size(); ++index) {
      for (Index i = 0; i < sizes[index]; ++i) entries.emplace_back(index, i);
    }
    REQUIRE(parameters.size() == static_cast<Index>(entries.size()));
    REQUIRE(parameters.count() == sizes.size());
    for (Index at = 0; at <= parameters.size(); ++at) {
      for (Index size = 0; at + size <= parameters.size(); ++size) {
        CAPTURE(at);
        CAPTURE(size);
        Index next = at;
        parameters.for_each_piece(at, size, [&](const Piece& piece) {
          CHECK(piece.at == next);
          CHECK(piece.size > 0);
          for (Index i = 0; i < piece.size; ++i) {
            const auto [index, entry] = entries[static_cast<std::size_t>(next++)];
            CHECK(&piece.view == &parameters[index]);
            CHECK(piece.from + i == entry);
          }
        });
        CHECK(next == at + size);
      }
    }
  }
}

}  // namespace lbfgs::test
