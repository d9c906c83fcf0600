// Steps that make no progress: two in a row are followed by one that starts from steepest descent.
#include <doctest/doctest.h>

#include <set>

#include "driver.hpp"

using namespace lbfgs;
using namespace lbfgs::test;

namespace {

double quadratic(const Vector& x, Vector& g) {
  double loss = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    g[i] = static_cast<double>(i + 1) * x[i];
    loss += g[i] * x[i] / 2.0;
  }
  return loss;
}

// Finite up to x[0] = 1, where the minimum is not: a direction that points there is beyond the wall from t = 1e-12 on.
double walled(const Vector& x, Vector& g) {
  if (x[0] < 1.0) return quadratic(x, g);
  g.assign(g.size(), test::nan);
  return test::nan;
}

Vector minus(Vector g) {
  for (double& entry : g) entry = -entry;
  return g;
}

}  // namespace

TEST_CASE("a wrong finite gradient does not end the training for ever") {
  for (const LineSearch mode : modes) {
    for (int wrong = 2; wrong <= 6; ++wrong) {
      Driver driver({3.0, -2.0, 1.0, 0.5}, quadratic);
      driver.spoil = [&](double&, Vector& g) {
        if (driver.calls() == wrong) g[1] = 1e15;
      };
      Options options = options_for(mode, 4);
      options.lr = mode == LineSearch::none ? 0.1 : 1.0;
      Outcome outcome;
      for (int step = 0; step < 300; ++step) outcome = driver.step(options);
      INFO("wrong at evaluation ", wrong, ", status ", static_cast<int>(outcome.status));
      CHECK(outcome.grad_max < 1e-3);
    }
  }
}

TEST_CASE("the third step of those that stall at the slope test starts from steepest descent") {
  Driver driver({3.0}, quadratic);
  driver.spoil = [&](double&, Vector& g) {
    if (driver.calls() == 3) g[0] = -1e15;
  };
  Options options = options_for(LineSearch::none, 3);
  options.lr = 0.1;
  driver.step(options);
  driver.step(options);
  while (driver.optimiser().state().stalled < 2) {
    const Outcome outcome = driver.step(options);
    REQUIRE(outcome.status == Status::converged_slope);
    REQUIRE(outcome.grad_max > options.tolerance_grad);
  }
  const Vector x = driver.x();
  Vector g(x.size());
  quadratic(x, g);
  options.max_iter = 1;
  driver.step(options);
  CHECK(driver.snapshot().d == minus(g));
  CHECK(driver.snapshot().s.empty());
  CHECK(driver.optimiser().state().stalled == 0);
}

TEST_CASE("a search whose trials are all beyond a wall is not repeated for ever") {
  Driver driver({-3.0, -2.0}, walled);
  Options options = options_for(LineSearch::strong_wolfe, 2);
  driver.step(options);
  // A pair that makes the next direction so long that all its trials are beyond the wall.
  driver.spoil = [&](double&, Vector& g) {
    if (driver.calls() == 4) g.assign(g.size(), -1e-9);
  };
  options.max_ls = 3;
  options.lr = 1e12;
  driver.step(options);
  driver.spoil = [](double&, Vector&) {};
  options.lr = 1.0;
  Outcome outcome;
  for (int step = 0; step < 30; ++step) outcome = driver.step(options);
  CHECK(outcome.grad_max < 1e-5);
}

TEST_CASE("steps without a search whose trials are beyond a wall go on from steepest descent") {
  // x . x / 2, finite below 1.5: from 1, a step of 1 along -g reaches the minimum, one along a wrong pair's direction
  // does not.
  const Function half_square = [](const Vector& x, Vector& g) {
    g = x;
    return std::abs(x[0]) > 1.5 ? test::nan : x[0] * x[0] / 2.0;
  };
  for (const std::int64_t max_iter : {std::int64_t{1}, std::int64_t{5}}) {
    Driver driver({1.0}, half_square);
    driver.spoil = [&](double&, Vector& g) {
      if (driver.calls() == 2) g[0] = 0.999;
    };
    Options options = options_for(LineSearch::none, max_iter);
    options.lr = 0.5;
    Outcome outcome;
    for (int step = 0; step < 100; ++step) outcome = driver.step(options);
    CHECK(outcome.grad_max < 1e-3);
  }
}

TEST_CASE("steps that try nothing do not count as stalled, nor do those that move") {
  Driver driver({3.0, -2.0}, quadratic);
  Options options = options_for(LineSearch::strong_wolfe, 1);
  options.max_eval = 1;
  driver.step(options);
  const Snapshot before = driver.snapshot();
  Options idle = options;
  idle.max_iter = 0;
  for (int step = 0; step < 4; ++step) driver.step(idle);
  CHECK(driver.optimiser().state().stalled == 0);
  CHECK(driver.snapshot() == before);
  Options still = options_for(LineSearch::none, 2);
  still.lr = 0.0;
  for (int step = 0; step < 4; ++step) driver.step(still);
  CHECK(driver.optimiser().state().stalled == 0);
  driver.step(options);
  CHECK(driver.optimiser().state().stalled == 0);
}

TEST_CASE("a step at the minimum does not count as stalled") {
  Driver driver({0.0, 0.0}, quadratic);
  for (int step = 0; step < 4; ++step) driver.step(options_for(LineSearch::strong_wolfe, 5));
  CHECK(driver.optimiser().state().stalled == 0);
}

TEST_CASE("a step that still runs when the next one begins is dropped, with what it proposed") {
  for (const LineSearch mode : modes) {
    Driver driver(rosenbrock_start, rosenbrock);
    driver.step(options_for(mode, 3));
    const Snapshot before = driver.snapshot();
    Optimizer& optimiser = driver.optimiser();
    REQUIRE(optimiser.begin(options_for(mode, 3), false) == Asked::evaluate);
    Vector g(before.x.size());
    const double loss = rosenbrock(before.x, g);
    driver.set_grad(g);
    REQUIRE(optimiser.tell(loss) == Asked::evaluate);
    driver.set_x(before.x);  // as its user has it, who knows nothing of the trial
    REQUIRE(optimiser.begin(options_for(mode, 3), false) == Asked::evaluate);
    optimiser.cancel(Status::stopped, false);
    CHECK(driver.snapshot() == before);
  }
}

TEST_CASE("a first evaluation below the point that comes back does not leave the step above its initial loss") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double loss : {-infinity, -5.0, 5.0}) {
    for (const double entry : {test::nan, infinity, 1.0}) {
      if (std::isfinite(loss) && std::isfinite(entry)) continue;
      Driver driver({3.0, -2.0}, quadratic);
      Options options = options_for(LineSearch::none, 1);
      options.lr = 0.1;
      driver.step(options);
      REQUIRE(driver.optimiser().state().unevaluated);
      driver.spoil = [&](double& now, Vector& g) {
        now = loss;
        g[0] = entry;
      };
      const Outcome outcome = driver.step(options_for(LineSearch::strong_wolfe, 5));
      CHECK(outcome.status == Status::non_finite);
      CHECK(outcome.loss <= outcome.initial_loss);
      CHECK(std::isfinite(outcome.initial_loss));
      CHECK(driver.x() == Vector{3.0, -2.0});
    }
  }
}

TEST_CASE("a loss without a bound is searched up to the longest step, no point twice") {
  const Function falling = [](const Vector&, Vector& g) {
    g = {-1.0};
    return 0.0;
  };
  for (const double lr : {1.0, 1e300, 1.7e308}) {
    Driver driver({0.0}, [&](const Vector& x, Vector& g) { return falling(x, g) - x[0]; });
    std::set<double> points;
    driver.watch = [&](const Vector& x) { points.insert(x[0]); };
    Options options = options_for(LineSearch::strong_wolfe, 1);
    options.lr = lr;
    options.max_ls = 1000;
    const Outcome outcome = driver.step(options);
    CHECK(points.size() == static_cast<std::size_t>(driver.calls()));
    CHECK(std::isfinite(outcome.loss));
    CHECK(outcome.loss < -1e300);
  }
}
