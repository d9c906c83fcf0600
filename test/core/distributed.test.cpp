// Steps of processes that hold a part of the parameters each.
#include <doctest/doctest.h>

#include <vector>

#include "ranks.hpp"

namespace lbfgs::test {

TEST_CASE("one process among one has the bits of an optimiser with the compact recursion") {
  for (const LineSearch line_search : modes) {
    Options options = options_for(line_search, 30);
    if (line_search == LineSearch::none) options.lr = 0.01;
    const Vector start = start_of(20);
    Driver alone(
        start, [](const Vector& x, Vector& g) { return added(chained_rosenbrock(x, g), {x.size()}); },
        Recursion::compact);
    Ranks one({20}, start, chained_rosenbrock, options.history_size);
    for (int k = 0; k < 3; ++k) {
      const Outcome expected = alone.step(options);
      const Outcome outcome = one.step(options);
      CHECK(outcome.status == expected.status);
      CHECK(outcome.loss == expected.loss);
      CHECK(outcome.evaluations == expected.evaluations);
      CHECK(one.x() == alone.x());
    }
  }
}

TEST_CASE("processes go where one optimiser goes, some of them without parameters") {
  for (const LineSearch line_search : modes) {
    Options options = options_for(line_search, 40);
    options.history_size = 5;
    options.tolerance_change = 0.0;
    if (line_search == LineSearch::none) options.lr = 0.5;
    const Vector start = start_of(24);
    const std::vector<std::vector<std::size_t>> splits{even(24, 2), {5, 0, 19}, {0, 24}, even(24, 24), even(24, 64)};
    for (const std::vector<std::size_t>& sizes : splits) {
      CAPTURE(sizes.size());
      Driver alone(
          start, [&](const Vector& x, Vector& g) { return added(chained_cosh(x, g), sizes); }, Recursion::compact);
      Ranks ranks(sizes, start, chained_cosh);
      const Outcome expected = alone.step(options);
      const Outcome outcome = ranks.step(options);
      CHECK(outcome.status == expected.status);
      CHECK(outcome.evaluations == expected.evaluations);
      CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
    }
  }
}

TEST_CASE("a message for each evaluation, and two for each iteration but the first, which forms no pair") {
  Options options = options_for(LineSearch::strong_wolfe, 40);
  options.history_size = 5;
  Ranks ranks(even(24, 3), start_of(24), chained_rosenbrock);
  const Outcome outcome = ranks.step(options);
  CHECK(ranks.messages == outcome.evaluations + 2 * outcome.iterations - 1);
  CHECK(ranks.longest == 4 * 5);
}

TEST_CASE("a pair that is refused costs the products of the pairs that form_pair() left out") {
  Options options = options_for(LineSearch::strong_wolfe, 25);
  options.history_size = 3;
  options.pair_policy.least = 0.05;
  const Vector start = start_of(12);
  const std::vector<std::size_t> sizes = even(12, 3);
  Driver alone(
      start, [&](const Vector& x, Vector& g) { return added(chained_rosenbrock(x, g), sizes); }, Recursion::compact);
  Ranks ranks(sizes, start, chained_rosenbrock, 3);
  const Outcome expected = alone.step(options);
  const Outcome outcome = ranks.step(options);
  CHECK(outcome.evaluations == expected.evaluations);
  CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
  CHECK(ranks.messages > outcome.evaluations + 2 * outcome.iterations - 1);
}

TEST_CASE("what one process finds that is not finite ends the trial of all") {
  for (const LineSearch line_search : modes) {
    Options options = options_for(line_search, 20);
    if (line_search == LineSearch::none) options.lr = 0.01;
    for (const int spoilt : {1, 2, 5}) {
      Ranks ranks(even(24, 3), start_of(24), chained_rosenbrock);
      int evaluation = 0;
      ranks.spoil = [&](Vector& terms, Vector& g) {
        if (++evaluation == spoilt) (spoilt == 2 ? g : terms).back() = nan;
      };
      const Vector before = ranks.x();
      const Outcome outcome = ranks.step(options);
      if (spoilt == 1) {
        CHECK(outcome.status == Status::non_finite_start);
        CHECK(ranks.x() == before);
      } else if (line_search == LineSearch::none) {
        CHECK(outcome.status == Status::non_finite);
      } else {
        CHECK(outcome.iterations > 0);
      }
      CHECK(ranks.step(options).iterations > 0);
    }
  }
}

TEST_CASE("a value that is not finite in one process is one at the start of all") {
  Ranks ranks(even(24, 3), start_of(24), [](const Vector& x, Vector& g) {
    g.assign(x.size(), 1.0);
    return Vector(x.size(), 1.0);
  });
  Vector start = start_of(24);
  start.back() = nan;
  ranks.set_x(start);
  CHECK(ranks.step(options_for(LineSearch::strong_wolfe, 5)).status == Status::non_finite_start);
}

TEST_CASE("a last move that was never evaluated is taken up or given up by all processes") {
  Options options = options_for(LineSearch::none, 3);
  options.lr = 0.01;
  const Vector start = start_of(24);
  const std::vector<std::size_t> sizes = even(24, 3);
  Driver alone(
      start, [&](const Vector& x, Vector& g) { return added(chained_rosenbrock(x, g), sizes); }, Recursion::compact);
  Ranks ranks(sizes, start, chained_rosenbrock, options.history_size);
  for (int k = 0; k < 4; ++k) {
    alone.step(options);
    ranks.step(options);
    CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
    if (k == 1) {  // edited in one process: the move is not the one that the step left
      Vector edited = ranks.x();
      edited.back() += 0.125;
      ranks.set_x(edited);
      alone.set_x(edited);
    }
  }
}

}  // namespace lbfgs::test
