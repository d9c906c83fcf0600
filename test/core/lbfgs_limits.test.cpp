// Steps at the edge: a last move that nobody has evaluated, and gradients so large that their products overflow.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "driver.hpp"

namespace lbfgs::test {
namespace {

Options with_limits(LineSearch line_search) {
  Options options;
  options.line_search = line_search;
  options.max_eval = 100;
  return options;
}

// curvature / 2 (x - 1)^2, so steep that g.d overflows where loss and gradient do not.
Function parabola_of(double curvature) {
  return [curvature](const Vector& x, Vector& g) {
    const double away = x[0] - 1.0;
    g[0] = curvature * away;
    return 0.5 * curvature * away * away;
  };
}

}  // namespace

TEST_CASE("a last move that turns out not to be finite is taken back by the next step") {
  Driver driver(rosenbrock_start, rosenbrock);
  Vector last;
  driver.watch = [&](const Vector& x) { last = x; };
  driver.step(options_for(LineSearch::none, 4));
  const Vector evaluated = last;
  const Snapshot before = driver.snapshot();
  for (const LineSearch mode : modes) {
    driver.spoil = [](double& loss, Vector& g) { break_everything(loss, g); };
    const Outcome outcome = driver.step(options_for(mode, 4));
    if (mode == LineSearch::strong_wolfe) {
      CHECK(outcome.status == Status::non_finite_start);  // there is no move left to take back
      continue;
    }
    CHECK(outcome.status == Status::non_finite);
    CHECK(outcome.current);
    CHECK(driver.x() == evaluated);
    Vector g(4);
    CHECK(outcome.loss == rosenbrock(evaluated, g));
    CHECK(driver.grad() == g);
    CHECK(driver.snapshot().d == before.d);
  }
  driver.spoil = [](double&, Vector&) {};
  for (int step = 0; step < 10; ++step) driver.step(options_for(LineSearch::strong_wolfe, 20));
  for (const double entry : driver.x()) CHECK(entry == doctest::Approx(1.0).epsilon(1e-4));
}

TEST_CASE("a last move that the caller has changed since is not taken back") {
  Driver driver(rosenbrock_start, rosenbrock);
  driver.step(options_for(LineSearch::none, 4));
  Vector edited = driver.x();
  edited[2] = std::nextafter(edited[2], 9.0);
  driver.set_x(edited);
  driver.spoil = [](double& loss, Vector& g) { break_everything(loss, g); };
  CHECK(driver.step(options_for(LineSearch::none, 4)).status == Status::non_finite_start);
  CHECK(driver.x() == edited);
}

TEST_CASE("without a line search a slope that overflows does not matter") {
  Driver driver({1e10}, parabola_of(1e150));
  const Outcome outcome = driver.step(with_limits(LineSearch::none));
  CHECK(outcome.status != Status::non_finite);
  CHECK(driver.x().front() == doctest::Approx(1.0).epsilon(1e-9));
}

TEST_CASE(
    "without a line search a pair whose scale underflows is left out, and the way back is to the last finite point") {
  Driver driver({3.0}, parabola_of(2e160));
  const Outcome outcome = driver.step(with_limits(LineSearch::none));
  CHECK(outcome.status == Status::non_finite);  // the second move, along -g, is one to an infinite loss
  CHECK(outcome.evaluations == 3);
  CHECK(driver.x() == Vector{2.0});
  CHECK(outcome.loss == 1e160);
}

TEST_CASE("with the line search a slope that overflows ends the step before any trial") {
  for (const double curvature : {2e160, 1e300}) {
    Driver driver({3.0}, parabola_of(curvature));
    const Outcome outcome = driver.step(with_limits(LineSearch::strong_wolfe));
    CHECK(outcome.status == Status::line_search_failed);
    CHECK(outcome.evaluations == 1);
    CHECK(outcome.current);
    CHECK(driver.x() == Vector{3.0});
    CHECK(driver.grad() == Vector{2.0 * curvature});
  }
}

}  // namespace lbfgs::test
