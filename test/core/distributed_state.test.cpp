// States and histories of processes that hold a part of the parameters each: the products of the pairs are combined in
// the next step.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "ranks.hpp"

namespace lbfgs::test {
namespace {

Options step_options(LineSearch line_search, std::int64_t max_iter) {
  Options options = options_for(line_search, max_iter);
  options.history_size = 5;
  options.tolerance_change = 0.0;
  options.tolerance_grad = 0.0;
  if (line_search == LineSearch::none) options.lr = 0.5;
  return options;
}

Driver alone_for(const Vector& start, const Terms& terms, const std::vector<std::size_t>& sizes) {
  return {start, [=](const Vector& x, Vector& g) { return added(terms(x, g), sizes); }, Recursion::compact};
}

const std::vector<std::vector<std::size_t>> splits{{24}, even(24, 2), even(24, 5), {0, 24, 0}, {7, 0, 17}};

}  // namespace

TEST_CASE("a state that three processes save is continued by any number of them as by one optimiser") {
  for (const LineSearch line_search : modes) {
    const Options options = step_options(line_search, 9);
    const Vector start = start_of(24);
    Ranks three(even(24, 3), start, chained_cosh);
    three.step(options);
    const Saved saved = three.save();
    CHECK(saved.rho.size() == 5);
    for (const std::vector<std::size_t>& sizes : splits) {
      CAPTURE(sizes.size());
      Driver alone = alone_for(start, chained_cosh, even(24, 3));
      alone.step(options);
      Ranks ranks(sizes, start, chained_cosh);
      ranks.load(saved, options);
      CHECK(ranks.optimizer().state().uncombined);
      const Outcome expected = alone.step(options);
      const Outcome outcome = ranks.step(options);
      CHECK(!ranks.optimizer().state().uncombined);
      CHECK(outcome.evaluations == expected.evaluations);
      CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
      const auto ending = line_search == LineSearch::none ? 1 : 0;  // the last move
      CHECK(ranks.messages == outcome.evaluations + 2 * outcome.iterations + ending + 1);
      alone.step(options);
      ranks.step(options);
      CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
    }
  }
}

TEST_CASE("one process among one continues a state with the bits of an optimiser that is alone") {
  for (const Dtype stored : {Dtype::float64, Dtype::float32}) {
    Options options = step_options(LineSearch::strong_wolfe, 9);
    options.history_dtype = stored;
    Ranks three(even(24, 3), start_of(24), chained_rosenbrock);
    three.step(options);
    const Saved saved = three.save();
    Ranks one({24}, start_of(24), chained_rosenbrock);
    Ranks alone({24}, start_of(24), chained_rosenbrock);
    alone.optimizer().set_distributed(false);
    one.load(saved, options);
    alone.load(saved, options);
    for (int k = 0; k < 3; ++k) {
      one.step(options);
      alone.step(options);
      CHECK(scalars(one.optimizer()) == scalars(alone.optimizer()));
      CHECK(one.x() == alone.x());
    }
  }
}

TEST_CASE("a history of float32 has the rho of what all processes store") {
  Options options = step_options(LineSearch::strong_wolfe, 9);
  options.history_dtype = Dtype::float32;
  const Vector start = start_of(24);
  Ranks three(even(24, 3), start, chained_cosh);
  three.step(options);
  const Saved saved = three.save();
  for (const std::vector<std::size_t>& sizes : splits) {
    Driver alone = alone_for(start, chained_cosh, even(24, 3));
    alone.step(options);
    Ranks ranks(sizes, start, chained_cosh);
    ranks.load(saved, options);
    const Outcome expected = alone.step(options);
    CHECK(ranks.step(options).evaluations == expected.evaluations);
    CHECK(distance(ranks.x(), alone.x()) <= 1e-6);
  }
}

TEST_CASE("a pair is left out where what float32 stores of it in all processes has no positive y . s") {
  Options options = step_options(LineSearch::strong_wolfe, 6);
  Ranks three(even(24, 3), start_of(24), chained_cosh);
  three.step(options);
  Saved saved = three.save();
  REQUIRE(saved.rho.size() == 5);
  options.history_dtype = Dtype::float32;
  for (double& entry : saved.s[1]) entry *= 1e-60;  // float32 has 0
  saved.rho[1] *= 1e60;
  for (std::size_t i = 0; i < 8; ++i) saved.s[3][i] *= -1e-3;  // negative in the first process, positive in all
  saved.rho[3] = 1.0 / std::inner_product(saved.s[3].begin(), saved.s[3].end(), saved.y[3].begin(), 0.0);
  REQUIRE(saved.rho[3] > 0.0);
  Ranks alone({24}, saved.x, chained_cosh);
  alone.optimizer().set_distributed(false);
  alone.load(saved, options);
  CHECK(alone.optimizer().vectors().history_size() == 4);
  options.max_iter = 1;
  alone.step(options);
  CHECK(alone.optimizer().vectors().history_size() == 5);
  for (const std::vector<std::size_t>& sizes : splits) {
    Ranks ranks(sizes, saved.x, chained_cosh);
    ranks.load(saved, options);
    CHECK(ranks.optimizer().vectors().history_size() == 5);
    ranks.step(options);
    CHECK(ranks.optimizer().vectors().history_size() == 5);  // 4 and the new one
    CHECK(distance(ranks.save().rho, alone.save().rho) <= 1e-6 * std::abs(alone.save().rho[3]));
    CHECK(distance(ranks.x(), alone.x()) <= 1e-9);
  }
}

TEST_CASE("a history of another size or type is combined once") {
  const Vector start = start_of(24);
  const std::vector<std::size_t> sizes{5, 0, 19};
  Driver alone = alone_for(start, chained_cosh, sizes);
  Ranks ranks(sizes, start, chained_cosh);
  Options options = step_options(LineSearch::strong_wolfe, 2);
  double tolerance = 1e-11;
  bool first = true;
  for (const auto& [history_size, stored] : {std::pair{5, Dtype::float64},
                                             {3, Dtype::float64},
                                             {8, Dtype::float64},
                                             {8, Dtype::float32},
                                             {8, Dtype::float32},
                                             {2, Dtype::float32},
                                             {4, Dtype::float64}}) {
    const bool changes = !first && (history_size != options.history_size || stored != options.history_dtype);
    options.history_size = history_size;
    options.history_dtype = stored;
    if (stored == Dtype::float32) tolerance = 1e-6;
    const Outcome expected = alone.step(options);
    const Outcome outcome = ranks.step(options);
    CHECK(outcome.evaluations == expected.evaluations);
    CHECK(distance(ranks.x(), alone.x()) <= tolerance);
    CHECK(ranks.messages == outcome.evaluations + 2 * outcome.iterations - (first ? 1 : 0) + (changes ? 1 : 0));
    first = false;
  }
}

TEST_CASE("a step that ends before its products are combined leaves them to the next one") {
  const Options options = step_options(LineSearch::strong_wolfe, 6);
  const Vector start = start_of(24);
  Ranks three(even(24, 3), start, chained_cosh);
  three.step(options);
  Ranks ranks(even(24, 4), start, chained_cosh);
  ranks.load(three.save(), options);
  bool is_spoilt = true;
  ranks.spoil = [&](Vector& terms, Vector&) {
    if (is_spoilt) terms.back() = nan;
    is_spoilt = false;
  };
  CHECK(ranks.step(options).status == Status::non_finite_start);
  CHECK(ranks.optimizer().state().uncombined);
  ranks.step(options);
  three.step(options);
  CHECK(!ranks.optimizer().state().uncombined);
  CHECK(distance(ranks.x(), three.x()) <= 1e-11);
}

TEST_CASE("a solve after a load needs no products") {
  Options options = step_options(LineSearch::strong_wolfe, 6);
  Ranks three(even(24, 3), start_of(24), chained_cosh);
  three.step(options);
  Ranks ranks(even(24, 4), start_of(24), chained_cosh);
  ranks.load(three.save(), options);
  options.method = Method::solve;
  const Outcome outcome = ranks.step(options);
  CHECK(!ranks.optimizer().state().uncombined);
  CHECK(ranks.messages == outcome.evaluations + 2 * outcome.iterations - 1);
}

TEST_CASE("parameters that join each process' own are not known to the history") {
  // Every variable is by itself, so that their order does not matter.
  const auto weighted = [](Vector weights) -> Terms {
    return [=](const Vector& x, Vector& g) {
      Vector terms(x.size());
      g.assign(x.size(), 0.0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        terms[i] = weights[i] * (std::cosh(x[i]) - 1.0);
        g[i] = weights[i] * std::sinh(x[i]);
      }
      return terms;
    };
  };
  const Options options = step_options(LineSearch::strong_wolfe, 5);
  Ranks before({2, 0, 1}, {1.0, 2.0, 0.5}, weighted({1.0, 2.0, 3.0}));
  before.step(options);
  const Vector x = before.x();
  Ranks ranks(before, {3, 1, 1}, {x[0], x[1], 0.25, -1.5, x[2]}, weighted({1.0, 2.0, 4.0, 5.0, 3.0}));
  CHECK(ranks.optimizer().state().uncombined);

  Ranks whole({3}, {1.0, 2.0, 0.5}, weighted({1.0, 2.0, 3.0}));
  whole.step(options);
  Ranks alone(whole, {5}, {whole.x()[0], whole.x()[1], whole.x()[2], 0.25, -1.5}, weighted({1.0, 2.0, 3.0, 4.0, 5.0}));
  for (int k = 0; k < 2; ++k) {
    const Outcome expected = alone.step(options);
    CHECK(ranks.step(options).evaluations == expected.evaluations);
    const Vector in_order{ranks.x()[0], ranks.x()[1], ranks.x()[4], ranks.x()[2], ranks.x()[3]};
    CHECK(distance(in_order, alone.x()) <= 1e-11);
  }
}

TEST_CASE("whether torch took its last direction is found from the slope of all processes") {
  const Vector start = start_of(24);
  for (const double tolerance : {0.0, 1e-3, 1e3}) {
    Options options = step_options(LineSearch::strong_wolfe, 6);
    options.tolerance_change = tolerance;
    Ranks three(even(24, 3), start, chained_cosh);
    three.step(options);
    Saved saved = three.save();
    saved.state.known = -1;
    for (const std::vector<std::size_t>& sizes : splits) {
      CAPTURE(sizes.size());
      Ranks alone({24}, start, chained_cosh);
      alone.optimizer().set_distributed(false);
      alone.load(saved, options);
      Ranks ranks(sizes, start, chained_cosh);
      ranks.load(saved, options);
      Options next = options;
      next.tolerance_change = 0.0;
      const Outcome expected = alone.step(next);
      CHECK(ranks.step(next).evaluations == expected.evaluations);
      CHECK(ranks.optimizer().vectors().history_size() == alone.optimizer().vectors().history_size());
      CHECK(distance(ranks.x(), alone.x()) <= 1e-11);
    }
  }
}

}  // namespace lbfgs::test
