// Parameters that several processes hold, each a part of them: simulated by as many optimisers in one thread.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "driver.hpp"

namespace lbfgs::test {
namespace {

/// Terms of a loss, one for each entry of x, and its gradient.
using Terms = std::function<Vector(const Vector& x, Vector& g)>;

/// Chained Rosenbrock; the last term is that of its first variable.
Vector chained_rosenbrock(const Vector& x, Vector& g) {
  Vector terms(x.size());
  g.assign(x.size(), 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = 1.0 - x[i];
    const double b = x[i + 1] - x[i] * x[i];
    terms[i] = a * a + 100.0 * b * b;
    g[i] -= 2.0 * a + 400.0 * b * x[i];
    g[i + 1] += 200.0 * b;
  }
  return terms;
}

/// Convex: neighbours, and a pull to 0 that grows along x.
Vector chained_cosh(const Vector& x, Vector& g) {
  Vector terms(x.size());
  g.assign(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double pull = 1.0 + static_cast<double>(i);
    terms[i] = pull * (std::cosh(x[i]) - 1.0);
    g[i] += pull * std::sinh(x[i]);
    if (i + 1 == x.size()) continue;
    const double apart = x[i + 1] - x[i] - 1.0;
    terms[i] += 0.5 * apart * apart;
    g[i] -= apart;
    g[i + 1] += apart;
  }
  return terms;
}

Vector start_of(std::size_t n) {
  Vector x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = i % 2 == 0 ? -1.2 : 1.0;
  return x;
}

/// The numbers are added in the order of the parts, each part by itself.
double added(const Vector& numbers, const std::vector<std::size_t>& sizes) {
  double all = 0.0;
  auto at = numbers.begin();
  for (const std::size_t size : sizes) {
    all += std::accumulate(at, at + static_cast<std::ptrdiff_t>(size), 0.0);
    at += static_cast<std::ptrdiff_t>(size);
  }
  return all;
}

class Rank {
public:
  Rank(std::size_t size, Index history_size)
      : arrays({size}), optimizer(cpu_vectors(arrays.parameters(), history_size, Dtype::float64, Recursion::compact)) {
    optimizer.set_distributed(true);
  }
  Arrays<double> arrays;
  Optimizer optimizer;
};

/// As many processes as there are sizes.
class Ranks {
public:
  Ranks(const std::vector<std::size_t>& sizes, const Vector& start, Terms terms, Index history_size = 5)
      : sizes_(sizes), terms_(std::move(terms)) {
    for (const std::size_t size : sizes) ranks_.push_back(std::make_unique<Rank>(size, history_size));
    set_x(start);
  }

  /// One step, in which all processes ask the same. They end equally.
  Outcome step(const Options& options) {
    Vector asked;
    for (const auto& rank : ranks_) asked.push_back(static_cast<double>(rank->optimizer.begin(options, false)));
    while (static_cast<Asked>(asked[0]) != Asked::done) {
      for (const double each : asked) REQUIRE(each == asked[0]);
      if (static_cast<Asked>(asked[0]) == Asked::evaluate)
        evaluate(asked);
      else
        reduce(asked);
    }
    const Outcome& first = ranks_[0]->optimizer.outcome();
    for (const auto& rank : ranks_) {
      const Outcome& outcome = rank->optimizer.outcome();
      CHECK(outcome.status == first.status);
      CHECK(outcome.loss == first.loss);
      CHECK(outcome.grad_max == first.grad_max);
      CHECK(outcome.t == first.t);
      CHECK(rank->optimizer.state().stalled == ranks_[0]->optimizer.state().stalled);
      CHECK(rank->optimizer.state().h_diag == ranks_[0]->optimizer.state().h_diag);
    }
    return first;
  }

  Vector x() const {
    Vector all;
    for (const auto& rank : ranks_) {
      const Vector part = rank->arrays.x();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
  void set_x(const Vector& x) {
    for_each_part(x, [](Rank& rank, const Vector& part) { rank.arrays.set_x(part); });
  }

  int messages = 0;
  std::size_t longest = 0;  // message, in numbers
  std::function<void(Vector& terms, Vector& g)> spoil = [](Vector&, Vector&) {};

private:
  void for_each_part(const Vector& all, const std::function<void(Rank&, const Vector&)>& work) {
    auto at = all.begin();
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const auto end = at + static_cast<std::ptrdiff_t>(sizes_[r]);
      work(*ranks_[r], Vector(at, end));
      at = end;
    }
  }

  void evaluate(Vector& asked) {
    Vector g;
    Vector terms = terms_(x(), g);
    spoil(terms, g);
    for_each_part(g, [](Rank& rank, const Vector& part) { rank.arrays.set_grad(part); });
    std::size_t r = 0;
    for_each_part(terms, [&](Rank& rank, const Vector& part) {
      asked[r++] = static_cast<double>(rank.optimizer.tell(std::accumulate(part.begin(), part.end(), 0.0)));
    });
  }

  // Combines in the order of the processes, as an engine does.
  void reduce(Vector& asked) {
    const Sums first = ranks_[0]->optimizer.sums();
    Vector sums(static_cast<std::size_t>(first.added_count));
    Vector largest(static_cast<std::size_t>(first.largest_count));
    for (const auto& rank : ranks_) {
      const Sums mine = rank->optimizer.sums();
      REQUIRE(mine.added_count == first.added_count);
      REQUIRE(mine.largest_count == first.largest_count);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += mine.added[i];
      for (std::size_t i = 0; i < largest.size(); ++i) largest[i] = std::max(largest[i], mine.largest[i]);
    }
    ++messages;
    longest = std::max(longest, sums.size() + largest.size());
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const Sums all = ranks_[r]->optimizer.sums();
      std::copy(sums.begin(), sums.end(), all.added);
      std::copy(largest.begin(), largest.end(), all.largest);
      asked[r] = static_cast<double>(ranks_[r]->optimizer.reduced());
    }
  }

  std::vector<std::size_t> sizes_;
  Terms terms_;
  std::vector<std::unique_ptr<Rank>> ranks_;
};

double distance(const Vector& a, const Vector& b) {
  double far = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) far = std::max(far, std::abs(a[i] - b[i]));
  return far;
}

std::vector<std::size_t> even(std::size_t n, std::size_t ranks) {
  std::vector<std::size_t> sizes;
  for (std::size_t r = 0; r < ranks; ++r) sizes.push_back((r + 1) * n / ranks - r * n / ranks);
  return sizes;
}

}  // namespace

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
