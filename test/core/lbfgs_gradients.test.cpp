// Whichever trial of a line search is accepted, its gradient goes with it. The searches are led astray on purpose:
// losses and gradients are random numbers, the same ones for the same point.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "driver.hpp"
#include "random.hpp"

namespace lbfgs::test {
namespace {

// Every point that was evaluated, and what it was said to be like.
class Noise {
public:
  Noise(std::uint64_t seed, double faults) : random_(seed), faults_(faults) {}

  double evaluate(const Vector& x, Vector& g) {
    last_ = x;
    auto known = seen_.find(x);
    if (known == seen_.end()) {
      // Mostly downhill, so that searches go far.
      Sight sight{random_.next() - 0.2 * static_cast<double>(seen_.size()), random_.vector(x.size())};
      if (!seen_.empty() && std::abs(random_.next()) < faults_) sight.loss = nan;
      known = seen_.emplace(x, sight).first;
    }
    g = known->second.g;
    return known->second.loss;
  }
  const Vector& gradient(const Vector& x) const { return seen_.at(x).g; }
  double loss(const Vector& x) const { return seen_.at(x).loss; }
  const Vector& last() const { return last_; }

private:
  struct Sight {
    double loss;
    Vector g;
  };
  Random random_;
  double faults_;
  std::map<Vector, Sight> seen_;
  Vector last_;
};

}  // namespace

TEST_CASE("whatever a line search sees, the point that it ends at has the loss and the gradient that it had there") {
  int last_trial = 0;
  int earlier_trial = 0;
  int nothing = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    Noise noise(seed, seed % 3 == 0 ? 0.2 : 0.0);
    Vector start{0.1, 0.2, 0.3};
    Driver driver(start, [&](const Vector& x, Vector& g) { return noise.evaluate(x, g); });
    driver.report_iterations = true;
    Options options = options_for(LineSearch::strong_wolfe, 1 + static_cast<std::int64_t>(seed % 4));
    options.lr = seed % 2 == 0 ? 1.0 : 0.01;
    for (int step = 0; step < 3; ++step) {
      options.max_ls = static_cast<std::int64_t>(seed / 4 % 9);
      driver.iterations.clear();
      Vector before = driver.x();
      const Outcome outcome = driver.step(options);
      const Vector x = driver.x();
      CHECK(outcome.current);
      CHECK(outcome.loss == noise.loss(x));
      CHECK(outcome.grad_max == largest(noise.gradient(x)));
      CHECK((driver.gradient_was_stale || noise.last() == x));
      CHECK(driver.grad() == noise.gradient(x));
      for (const Snapshot& iteration : driver.iterations) {
        CHECK(iteration.prev_gradient == noise.gradient(before));
        CHECK(iteration.prev_loss == noise.loss(before));
        before = iteration.x;
      }
      last_trial += x == noise.last();
      earlier_trial += x != noise.last() && outcome.t > 0.0;
      nothing += outcome.t == 0.0;
    }
  }
  CHECK(last_trial > 100);
  CHECK(earlier_trial > 100);
  CHECK(nothing > 100);
}

TEST_CASE("a second trial that stays the best is not lost to those after it") {
  // Too short, then better and uphill already, then worse for ever.
  const std::vector<std::pair<double, double>> sights{{1.0, -1.0}, {0.9, -0.95}, {0.5, 0.95}, {2.0, 3.0}};
  for (const std::int64_t max_ls : {1, 2, 3, 4, 9}) {
    CAPTURE(max_ls);
    std::size_t trial = 0;
    Vector second;
    Driver driver({0.0}, [&](const Vector& x, Vector& g) {
      const auto [loss, slope] = sights[std::min(trial, sights.size() - 1)];
      if (trial == 2) second = x;
      ++trial;
      g[0] = slope;
      return loss;
    });
    Options options = options_for(LineSearch::strong_wolfe, 1);
    options.max_ls = max_ls;
    const Outcome outcome = driver.step(options);
    CHECK(driver.x() == second);
    CHECK(outcome.loss == 0.5);
    CHECK(outcome.grad_max == 0.95);
    CHECK(driver.grad() == Vector{0.95});
    CHECK(driver.gradient_was_stale == (max_ls > 1));  // with 1 it is the last one
  }
}

}  // namespace lbfgs::test
