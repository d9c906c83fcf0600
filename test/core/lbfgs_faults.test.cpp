// Steps that do not run to their end: cancelled at any evaluation, or met by values that are not finite.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "driver.hpp"

namespace lbfgs::test {
namespace {}  // namespace

TEST_CASE("a step cancelled at any evaluation leaves what one limited to its complete iterations leaves") {
  for (const LineSearch mode : modes) {
    for (const int steps_before : {0, 1, 3}) {
      const Options options = options_for(mode, 6);
      Driver whole(rosenbrock_start, rosenbrock);
      for (int step = 0; step < steps_before; ++step) whole.step(options);
      const int evaluations = static_cast<int>(whole.step(options).evaluations);
      for (int evaluation = 1; evaluation <= evaluations; ++evaluation) {
        for (const bool evaluated : {false, true}) {
          CAPTURE(steps_before);
          CAPTURE(evaluation);
          Driver cancelled(rosenbrock_start, rosenbrock);
          for (int step = 0; step < steps_before; ++step) cancelled.step(options);
          const Snapshot before = cancelled.snapshot();
          const std::int64_t calls_before = cancelled.optimiser().state().func_evals;
          const Outcome outcome = cancelled.step(options, evaluation, evaluated);
          CHECK(outcome.status == Status::stopped);
          CHECK_FALSE(cancelled.optimiser().running());
          CHECK(cancelled.optimiser().state().func_evals == calls_before + evaluation - 1 + evaluated);

          Driver limited(rosenbrock_start, rosenbrock);
          for (int step = 0; step < steps_before; ++step) limited.step(options);
          if (outcome.iterations > 0) limited.step(options_for(mode, outcome.iterations));
          CHECK(cancelled.snapshot() == limited.snapshot());
          if (outcome.iterations == 0) CHECK(cancelled.snapshot() == before);
          cancelled.step(options);
          limited.step(options);
          CHECK(cancelled.snapshot() == limited.snapshot());  // nothing of the dropped iteration is left
        }
      }
    }
  }
}

TEST_CASE("a cancelled step leaves loss and gradient of the point it went back to, whatever the closure left") {
  for (const LineSearch mode : modes) {
    for (const bool evaluated : {false, true}) {
      for (int evaluation = 2; evaluation <= 6; ++evaluation) {
        CAPTURE(evaluation);
        Driver driver(rosenbrock_start, rosenbrock);
        const Outcome outcome = driver.step(options_for(mode, 6), evaluation, evaluated);
        Vector g(4);
        CHECK(outcome.loss == rosenbrock(driver.x(), g));
        CHECK(outcome.grad_max == largest(g));
        CHECK(driver.grad() == g);
      }
    }
  }
}

TEST_CASE("a step cancelled where it reports an iteration keeps that iteration") {
  for (const LineSearch mode : modes) {
    Driver driver(rosenbrock_start, rosenbrock);
    Asked asked = driver.optimiser().begin(options_for(mode, 6), true);
    Vector g(4);
    for (int iteration = 0; iteration < 3;) {
      if (asked == Asked::iteration) {
        if (++iteration == 3) break;
        asked = driver.optimiser().proceed(true);
      } else {
        const double loss = rosenbrock(driver.x(), g);
        driver.set_grad(g);
        asked = driver.optimiser().tell(loss);
      }
    }
    driver.optimiser().cancel(Status::time_limit, false);
    CHECK(driver.optimiser().outcome().status == Status::time_limit);
    CHECK(driver.optimiser().outcome().iterations == 3);
    Driver limited(rosenbrock_start, rosenbrock);
    limited.step(options_for(mode, 3));
    CHECK(driver.snapshot() == limited.snapshot());
  }
}

TEST_CASE("reporting iterations changes no number, and stopping after one keeps it") {
  for (const LineSearch mode : modes) {
    Driver silent(rosenbrock_start, rosenbrock);
    Driver reporting(rosenbrock_start, rosenbrock);
    reporting.report_iterations = true;
    const Outcome outcome = reporting.step(options_for(mode, 6));
    silent.step(options_for(mode, 6));
    CHECK(reporting.snapshot() == silent.snapshot());
    REQUIRE(reporting.iterations.size() == static_cast<std::size_t>(outcome.iterations));
    for (std::size_t i = 0; i < reporting.iterations.size(); ++i) {
      Driver limited(rosenbrock_start, rosenbrock);
      limited.step(options_for(mode, static_cast<std::int64_t>(i) + 1));
      CHECK(reporting.iterations[i] == limited.snapshot());
    }
  }
}

TEST_CASE("training goes on after a cancelled step as if it had ended there") {
  for (const LineSearch mode : modes) {
    for (const int cancel_at : {1, 2, 4}) {
      Driver driver(rosenbrock_start, rosenbrock);
      driver.step(options_for(mode, 5));
      driver.step(options_for(mode, 5), cancel_at);
      CHECK(all_finite(driver.x()));
      for (int step = 0; step < 10; ++step) driver.step(options_for(LineSearch::strong_wolfe, 20));
      Vector g(4);
      CHECK(rosenbrock(driver.x(), g) < 1e-8);
    }
  }
}

TEST_CASE("whichever evaluations are not finite, no parameter ever is") {
  for (const LineSearch mode : modes) {
    for (int from = 1; from <= 40; ++from) {
      CAPTURE(from);
      Driver driver(rosenbrock_start, rosenbrock);
      driver.spoil = [&](double& loss, Vector& g) {
        if (driver.calls() >= from) break_everything(loss, g);
      };
      for (int step = 0; step < 4; ++step) {
        const Outcome outcome = driver.step(options_for(mode, 8));
        CHECK(all_finite(driver.x()));
        CHECK(all_finite(driver.snapshot().d));
        const bool told = outcome.status == Status::non_finite || outcome.status == Status::non_finite_start ||
                          outcome.status == Status::line_search_failed;
        if (driver.calls() >= from + 30) CHECK(told);
      }
    }
  }
}

TEST_CASE("with the line search a fault that happens once ends at the same minimum") {
  const auto faults = {
      +[](double& loss, Vector& g) { break_everything(loss, g); },
      +[](double& loss, Vector&) { loss = nan; },
      +[](double& loss, Vector&) { loss = HUGE_VAL; },
      +[](double& loss, Vector&) { loss = -HUGE_VAL; },
      +[](double&, Vector& g) { g.back() = nan; },
      +[](double&, Vector& g) { g.front() = -HUGE_VAL; },
  };
  for (const auto fault : faults) {
    for (int at = 1; at <= 30; ++at) {
      CAPTURE(at);
      Driver driver(rosenbrock_start, rosenbrock);
      driver.spoil = [&](double& loss, Vector& g) {
        if (driver.calls() == at) fault(loss, g);
      };
      for (int step = 0; step < 10; ++step) driver.step(options_for(LineSearch::strong_wolfe, 20));
      for (const double entry : driver.x()) CHECK(entry == doctest::Approx(1.0).epsilon(1e-4));
    }
  }
}

TEST_CASE("without a line search a fault goes back to the last evaluated point and says so") {
  for (int at = 2; at <= 8; ++at) {
    CAPTURE(at);
    Driver driver(rosenbrock_start, rosenbrock);
    Vector evaluated;
    driver.watch = [&](const Vector& x) {
      if (driver.calls() + 1 < at) evaluated = x;
    };
    driver.spoil = [&](double& loss, Vector& g) {
      if (driver.calls() >= at) break_everything(loss, g);
    };
    const Outcome outcome = driver.step(options_for(LineSearch::none, 8));
    CHECK(outcome.status == Status::non_finite);
    CHECK(outcome.current);
    CHECK(driver.x() == evaluated);
    Vector g(4);
    CHECK(outcome.loss == rosenbrock(evaluated, g));
    CHECK(driver.grad() == g);
  }
}

TEST_CASE("a first evaluation that is not finite moves nothing where there is no point to go back to") {
  for (const LineSearch mode : modes) {
    Driver driver(rosenbrock_start, rosenbrock);
    driver.spoil = [&](double& loss, Vector& g) { break_everything(loss, g); };
    const Outcome outcome = driver.step(options_for(mode, 5));
    CHECK(outcome.status == Status::non_finite_start);
    CHECK(outcome.evaluations == 1);
    CHECK(driver.x() == rosenbrock_start);
    CHECK(driver.optimiser().state().n_iter == 0);
    CHECK(std::isnan(driver.grad().front()));  // nothing to mend it with
    driver.set_x({nan, 0.0, 0.0, 0.0});
    driver.spoil = [](double& loss, Vector& g) {
      loss = 1.0;
      g.assign(4, 1.0);
    };
    CHECK(driver.step(options_for(mode, 5)).status == Status::non_finite_start);
  }
}

}  // namespace lbfgs::test
