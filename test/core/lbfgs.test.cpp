#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "driver.hpp"

namespace lbfgs::test {
namespace {

Options with(LineSearch line_search, std::int64_t max_iter, double lr = 1.0) {
  Options options;
  options.line_search = line_search;
  options.max_iter = max_iter;
  options.max_eval = 1000000;
  options.lr = lr;
  return options;
}

double quadratic(const Vector& x, Vector& g) {
  double loss = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = 1.0 + static_cast<double>(i);
    loss += 0.5 * weight * (x[i] - 1.0) * (x[i] - 1.0);
    g[i] = weight * (x[i] - 1.0);
  }
  return loss;
}

void check_close(const Vector& ours, const Vector& expected, double tolerance) {
  REQUIRE(ours.size() == expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    CHECK(std::abs(ours[i] - expected[i]) <= tolerance * (1.0 + largest(expected)));
}

// Runs the core and the oracle side by side and compares every point asked for, and the state after every step.
void compare_with_oracle(const Function& function, const Vector& start, const Options& options, int steps,
                         Recursion recursion = Recursion::two_loop) {
  std::vector<Vector> asked;
  TorchOracle oracle(start, [&](const Vector& x, Vector& g) {
    asked.push_back(x);
    return function(x, g);
  });
  Driver driver(start, function, recursion);
  std::size_t at = 0;
  driver.watch = [&](const Vector& x) {
    CAPTURE(at);
    REQUIRE(at < asked.size());
    check_close(x, asked[at++], 1e-7);
  };
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    oracle.step(options);
    driver.step(options);
    CHECK(at == asked.size());
    CHECK(driver.optimiser().state().n_iter == oracle.n_iter);
    CHECK(driver.optimiser().state().func_evals == oracle.func_evals);
    const Snapshot ours = driver.snapshot();
    check_close(ours.x, oracle.x, 1e-7);
    check_close(ours.d, oracle.d, 1e-6);
    CHECK(ours.t == doctest::Approx(oracle.t).epsilon(1e-6));
    CHECK(ours.h_diag == doctest::Approx(oracle.h_diag).epsilon(1e-6));
    CHECK(ours.s.size() == oracle.s.size());
  }
}

}  // namespace

TEST_CASE("with the line search every point asked for is the one of a plain torch") {
  for (const Recursion recursion : {Recursion::two_loop, Recursion::compact}) {
    for (const std::int64_t history_size : {1, 2, 100}) {
      for (const std::int64_t max_iter : {1, 3, 8}) {
        // Not 0.1: on the way down a parabola that is c2 = 0.9 of the slope to the bit, and rounding decides.
        for (const double lr : {1.0, 0.15}) {
          CAPTURE(static_cast<int>(recursion));
          CAPTURE(history_size);
          CAPTURE(max_iter);
          CAPTURE(lr);
          Options options = with(LineSearch::strong_wolfe, max_iter, lr);
          options.history_size = history_size;
          compare_with_oracle(rosenbrock, rosenbrock_start, options, 2, recursion);
          compare_with_oracle(quadratic, {5.0, -3.0, 2.0}, options, 2, recursion);
        }
      }
    }
  }
}

TEST_CASE("without a line search every point asked for is the one of a plain torch") {
  for (const std::int64_t history_size : {1, 2, 100}) {
    for (const std::int64_t max_iter : {1, 2, 6}) {
      CAPTURE(history_size);
      CAPTURE(max_iter);
      Options options = with(LineSearch::none, max_iter, 0.1);
      options.history_size = history_size;
      for (const Recursion recursion : {Recursion::two_loop, Recursion::compact}) {
        CAPTURE(static_cast<int>(recursion));
        compare_with_oracle(rosenbrock, rosenbrock_start, options, 4, recursion);
        compare_with_oracle(quadratic, {5.0, -3.0, 2.0}, options, 4, recursion);
      }
    }
  }
}

TEST_CASE("max_eval is looked at between iterations, and without max_ls it is the line search's budget too") {
  for (const std::int64_t max_eval : {1, 2, 3, 7, 12}) {
    Options options = with(LineSearch::strong_wolfe, 100);
    options.max_eval = max_eval;
    options.max_ls.reset();
    CAPTURE(max_eval);
    compare_with_oracle(rosenbrock, rosenbrock_start, options, 3);
    Driver driver(rosenbrock_start, rosenbrock);
    const Outcome outcome = driver.step(options);
    CHECK(outcome.status == Status::max_eval);
    CHECK(outcome.evaluations <= max_eval + 1);
  }
}

TEST_CASE("a quadratic is minimised and the outcome tells how") {
  Driver driver({5.0, -3.0, 2.0}, quadratic);
  const Outcome outcome = driver.step(with(LineSearch::strong_wolfe, 100));
  CHECK(outcome.status <= Status::converged_loss);  // one of the converged ones
  CHECK(outcome.current);
  CHECK(outcome.initial_loss == 0.5 * (16.0 + 2.0 * 16.0 + 3.0));
  CHECK(outcome.loss <= 1e-9);
  CHECK(outcome.evaluations == driver.calls());
  CHECK(outcome.iterations == driver.optimiser().state().n_iter);
  check_close(driver.x(), {1.0, 1.0, 1.0}, 1e-4);
}

TEST_CASE("after a step that is current, parameters, gradient and loss belong together, whichever trial came last") {
  int last_was_not_accepted = 0;
  for (std::int64_t max_ls = 0; max_ls <= 6; ++max_ls) {
    for (const double lr : {0.01, 1.0, 8.0, 40.0}) {
      CAPTURE(max_ls);
      CAPTURE(lr);
      Driver driver(rosenbrock_start, rosenbrock);
      Vector last;
      driver.watch = [&](const Vector& x) { last = x; };
      Options options = with(LineSearch::strong_wolfe, 1, lr);
      options.max_ls = max_ls;
      for (int step = 0; step < 8; ++step) {
        const Outcome outcome = driver.step(options);
        Vector g(driver.x().size());
        REQUIRE(outcome.current);
        CHECK(outcome.loss == rosenbrock(driver.x(), g));
        CHECK(driver.grad() == g);
        CHECK(outcome.grad_max == largest(g));
        last_was_not_accepted += last != driver.x();
      }
    }
  }
  CHECK(last_was_not_accepted > 0);
}

TEST_CASE("without a line search the last move of a step is not evaluated, and the outcome says so") {
  Driver driver(rosenbrock_start, rosenbrock);
  Vector last;
  driver.watch = [&](const Vector& x) { last = x; };
  const Outcome outcome = driver.step(with(LineSearch::none, 3, 0.01));
  CHECK(outcome.status == Status::max_iter);
  CHECK(outcome.evaluations == 3);
  CHECK_FALSE(outcome.current);
  CHECK(driver.x() != last);
  Vector g(last.size());
  CHECK(outcome.loss == rosenbrock(last, g));
  CHECK(driver.grad() == g);
}

TEST_CASE("max_iter 0 evaluates once and changes nothing") {
  for (const LineSearch line_search : {LineSearch::none, LineSearch::strong_wolfe}) {
    Driver driver(rosenbrock_start, rosenbrock);
    const Outcome outcome = driver.step(with(line_search, 0));
    CHECK(outcome.status == Status::max_iter);
    CHECK(outcome.evaluations == 1);
    CHECK(outcome.current);
    CHECK(driver.snapshot() == Driver(rosenbrock_start, rosenbrock).snapshot());
  }
}

TEST_CASE("lr 0 ends as a step of length 0, and the line search makes no trial for it") {
  for (int step = 0; step < 2; ++step) {
    Driver fixed(rosenbrock_start, rosenbrock);
    CHECK(fixed.step(with(LineSearch::none, 5, 0.0)).status == Status::converged_step);
    CHECK(fixed.x() == rosenbrock_start);
    Driver searching(rosenbrock_start, rosenbrock);
    const Outcome outcome = searching.step(with(LineSearch::strong_wolfe, 5, 0.0));
    CHECK(outcome.status == Status::line_search_failed);
    CHECK(outcome.evaluations == 1);
    CHECK(outcome.t == 0.0);
    CHECK(searching.x() == rosenbrock_start);
  }
}

TEST_CASE("a wrong gradient ends the step as a failed line search at the point where it was") {
  const Function wrong = [](const Vector& x, Vector& g) {
    const double loss = rosenbrock(x, g);
    for (double& entry : g) entry = -entry;
    return loss;
  };
  Driver driver(rosenbrock_start, wrong);
  const Outcome outcome = driver.step(with(LineSearch::strong_wolfe, 20));
  CHECK(outcome.status == Status::line_search_failed);
  CHECK(driver.x() == rosenbrock_start);
  Vector g(4);
  CHECK(outcome.loss == wrong(rosenbrock_start, g));
  CHECK(driver.grad() == g);
}

TEST_CASE("a history that gives no descent direction is dropped and the step starts again downhill") {
  for (const LineSearch line_search : {LineSearch::none, LineSearch::strong_wolfe}) {
    Driver driver({5.0, -3.0, 2.0}, quadratic);
    const Options options = with(line_search, 1, 0.5);
    driver.step(options);
    const State state = driver.optimiser().state();
    const Vector s{1.0, 1.0, 1.0};
    const Vector y{0.0, 0.0, 0.0};
    driver.optimiser().vectors().import_pair(s.data(), y.data(), -1e6);  // H = h_diag I - 1e6 s s'
    driver.optimiser().load(state, 1e-9);
    Vector g(3);
    quadratic(driver.x(), g);
    const Vector x = driver.x();
    const Outcome outcome = driver.step(options);
    CHECK(outcome.status == Status::max_iter);
    const Snapshot after = driver.snapshot();
    CHECK(after.s.empty());
    CHECK(after.h_diag == 1.0);
    CHECK(after.d == along(Vector(3), -1.0, g));
    CHECK(after.x != x);
    CHECK(driver.step(with(LineSearch::strong_wolfe, 50)).loss < 1e-9);
  }
}

TEST_CASE("a step with options out of their range does not begin") {
  Driver driver(rosenbrock_start, rosenbrock);
  Options options;
  options.lr = -1.0;
  CHECK_THROWS_WITH_AS(driver.step(options), "lr", std::invalid_argument);
  CHECK(driver.x() == rosenbrock_start);
}

TEST_CASE("options out of their range are named") {
  CHECK(validate(Options{}) == nullptr);
  Options options;
  options.lr = std::nan("");
  CHECK(validate(options) == std::string("lr"));
  options = {};
  options.history_size = 0;
  CHECK(validate(options) == std::string("history_size"));
  options = {};
  options.tolerance_change = HUGE_VAL;
  CHECK(validate(options) == std::string("tolerance_change"));
  options = {};
  options.max_ls = -1;
  CHECK(validate(options) == std::string("max_ls"));
  options = {};
  options.threads = 0;
  CHECK(validate(options) == std::string("threads"));
}

}  // namespace lbfgs::test
