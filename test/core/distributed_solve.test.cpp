// Whole solves of processes that hold a part of the parameters each.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "ranks.hpp"

namespace lbfgs::test {
namespace {

Options solve_options(std::int64_t max_iter, LineSearch line_search = LineSearch::strong_wolfe) {
  Options options;
  options.method = Method::solve;
  options.line_search = line_search;
  options.max_iter = max_iter;
  options.max_eval = 1000000;
  options.history_size = 5;
  options.pair_policy = PairPolicy::relative_to_slope();
  return options;
}

Driver alone_for(const Vector& start, const Terms& terms, const std::vector<std::size_t>& sizes) {
  return {start, [=](const Vector& x, Vector& g) { return added(terms(x, g), sizes); }, Recursion::compact};
}

constexpr LineSearch searches[] = {LineSearch::strong_wolfe, LineSearch::noise_tolerant};

}  // namespace

TEST_CASE("a solve of one process among one has the bits of the compact recursion, whatever ends it") {
  for (const LineSearch line_search : searches) {
    for (const double tolerance : {0.0, 1e-9, 1e-3}) {
      Options options = solve_options(300, line_search);
      options.tolerance_grad = 0.0;
      options.tolerance_change = tolerance;
      const Vector start = start_of(20);
      Ranks alone({20}, start, chained_rosenbrock);
      alone.optimizer().set_distributed(false);
      Ranks one({20}, start, chained_rosenbrock);
      for (int k = 0; k < 2; ++k) {
        alone.step(options);
        one.step(options);
        CHECK(scalars(one.optimizer()) == scalars(alone.optimizer()));
        CHECK(one.x() == alone.x());
      }
    }
  }
}

TEST_CASE("processes solve as one optimiser does, some of them without parameters") {
  const std::vector<std::vector<std::size_t>> splits{even(24, 2), even(24, 3),  {5, 0, 19},
                                                     {0, 24},     even(24, 24), even(24, 64)};
  for (const LineSearch line_search : searches) {
    for (const std::vector<std::size_t>& sizes : splits) {
      CAPTURE(sizes.size());
      const Vector start = start_of(24);
      for (const std::int64_t max_iter : {15, 500}) {
        const Options options = solve_options(max_iter, line_search);
        Driver alone = alone_for(start, chained_cosh, sizes);
        Ranks ranks(sizes, start, chained_cosh);
        const Outcome expected = alone.step(options);
        const Outcome outcome = ranks.step(options);
        CHECK(outcome.status == expected.status);
        if (max_iter == 15) CHECK(outcome.evaluations == expected.evaluations);
        CHECK(distance(ranks.x(), alone.x()) <= (max_iter == 15 ? 1e-11 : 1e-6));
      }
    }
  }
}

TEST_CASE("a solve sends a message for each evaluation, pair and direction") {
  const Options options = solve_options(20);
  Ranks ranks(even(24, 3), start_of(24), chained_rosenbrock);
  const Outcome outcome = ranks.step(options);
  CHECK(outcome.status == Status::max_iter);
  CHECK(ranks.messages == outcome.evaluations + 2 * outcome.iterations - 1);
  CHECK(ranks.longest == 4 * 5);
}

TEST_CASE("a refused pair of a solve costs the products of the pairs that form_pair() left out") {
  Options options = solve_options(25);
  options.history_size = 3;
  options.pair_policy = {0.05, false};
  const Vector start = start_of(12);
  const std::vector<std::size_t> sizes = even(12, 3);
  Driver alone = alone_for(start, chained_rosenbrock, sizes);
  Ranks ranks(sizes, start, chained_rosenbrock, 3);
  const Outcome expected = alone.step(options);
  const Outcome outcome = ranks.step(options);
  CHECK(outcome.evaluations == expected.evaluations);
  CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
  CHECK(ranks.messages > outcome.evaluations + 2 * outcome.iterations - 1);
}

TEST_CASE("squares beyond the range of double are scaled by the largest entry of all processes, by one message more") {
  for (const double scale : {1e-170, 1e170}) {
    const auto scaled = [=](const Vector& x, Vector& g) {
      Vector terms(x.size());
      g.assign(x.size(), 0.0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double weight = static_cast<double>(i + 1);
        terms[i] = weight * x[i] * (x[i] / scale);
        g[i] = 2.0 * weight * x[i] / scale;
      }
      return terms;
    };
    Vector start(6);
    for (std::size_t i = 0; i < 6; ++i) start[i] = scale * static_cast<double>(i + 1);
    Options options = solve_options(1);
    options.tolerance_grad = 0.0;
    Driver alone = alone_for(start, scaled, {6});
    Ranks one({6}, start, scaled);
    const Outcome expected = alone.step(options);
    CHECK(one.step(options).status == expected.status);
    CHECK(expected.evaluations > 1);
    const auto messages = expected.evaluations + 2 + (expected.iterations == 1 ? 0 : 1);  // a search may fail
    CHECK(one.messages == messages);
    CHECK(one.x() == alone.x());
    Ranks ranks(even(6, 4), start, scaled);
    ranks.step(options);
    CHECK(ranks.messages == messages);
    CHECK(distance(ranks.x(), alone.x()) <= 1e-14 * scale);
  }
}

TEST_CASE("whether a function computes in float32 is asked of all processes") {
  // Numbers of float32 in the first process only, or in all of them.
  for (const bool in_all : {false, true}) {
    const auto rounded = [=](const Vector& x, Vector& g) {
      Vector terms = chained_cosh(x, g);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double weight = in_all || i < 4 ? 0.0 : 1e-12;
        g[i] = static_cast<double>(static_cast<float>(g[i])) * (1.0 + weight);
        terms[i] = std::round(terms[i] * 0x1p10) * 0x1p-10;
      }
      return terms;
    };
    Options options = solve_options(200, LineSearch::noise_tolerant);
    options.tolerance_grad = 0.0;
    const std::vector<std::size_t> sizes{4, 0, 8};
    const Vector start = start_of(12);
    Driver alone = alone_for(start, rounded, sizes);
    Ranks ranks(sizes, start, rounded);
    CHECK(ranks.step(options).status == alone.step(options).status);
  }
}

TEST_CASE("what one process finds that is not finite ends the trial of all in a solve") {
  for (const int spoilt : {1, 2, 5}) {
    Ranks ranks(even(24, 3), start_of(24), chained_rosenbrock);
    int evaluation = 0;
    ranks.spoil = [&](Vector& terms, Vector& g) {
      if (++evaluation == spoilt) (spoilt == 2 ? g : terms).back() = nan;
    };
    const Outcome outcome = ranks.step(solve_options(20));
    CHECK((outcome.status == Status::non_finite_start) == (spoilt == 1));
    CHECK(ranks.step(solve_options(20)).iterations > 0);
  }
  Ranks ranks(even(24, 3), start_of(24), chained_rosenbrock);
  Vector start = start_of(24);
  start.back() = nan;
  ranks.set_x(start);
  CHECK(ranks.step(solve_options(5)).status == Status::non_finite_start);
}

}  // namespace lbfgs::test
