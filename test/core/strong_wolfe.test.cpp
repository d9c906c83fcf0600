#include "core/line_search/strong_wolfe.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/line_search/cubic.hpp"
#include "line.hpp"

namespace lbfgs::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool decreased(const Search& run) {
  return run.found.t > 0.0 && run.found.loss <= run.start.loss + 1e-4 * run.found.t * run.start.slope;
}
bool is_wolfe(const Search& run) { return decreased(run) && std::abs(run.found.slope) <= -0.9 * run.start.slope; }

// A function that is not finite at the trials that `broken` names (1 the first).
Phi broken_at(const Phi& phi, const std::function<bool(int trial)>& broken) {
  return [phi, broken, last = 0.0, trial = 0](double t) mutable {
    if (t != last) ++trial;
    last = t;
    return trial > 0 && broken(trial) && t > 0.0 ? Value{nan, nan} : phi(t);
  };
}

Value rosenbrock_slice(double t) {
  const double d[2] = {215.6 / 232.9, 88.0 / 232.9};  // downhill from (-1.2, 1)
  const double x = -1.2 + t * d[0];
  const double y = 1.0 + t * d[1];
  const double a = y - x * x;
  const double b = 1.0 - x;
  const double gx = -400.0 * x * a - 2.0 * b;
  return {100.0 * a * a + b * b, gx * d[0] + 200.0 * a * d[1]};
}

Value steep(double t) { return {std::exp(20.0 * t) - 50.0 * t, 20.0 * std::exp(20.0 * t) - 50.0}; }
Value falling_exponential(double t) { return {std::exp(-1e3 * t), -1e3 * std::exp(-1e3 * t)}; }
// A barrier: log(1 - t) is not a number from t = 1 on.
Value cliff(double t) { return {-0.1 * std::log(1.0 - t) - t, 0.1 / (1.0 - t) - 1.0}; }

}  // namespace

TEST_CASE("a search that ends in its budget returns a point that fulfils the strong Wolfe conditions") {
  const Phi functions[] = {[](double t) { return parabola(t, 3.0); }, rosenbrock_slice, steep, cliff};
  for (const Phi& phi : functions) {
    for (const double t : {1e-6, 1e-3, 0.1, 0.9, 1.0, 5.0, 100.0, 1e6}) {
      CAPTURE(t);
      const Search run = search(phi, t);
      CAPTURE(run.found.t);
      CHECK((is_wolfe(run) || run.trials.size() == 26));
    }
    CHECK(is_wolfe(search(phi, 0.1)));
  }
}

TEST_CASE("an acceptable first trial is taken at once") {
  const Search run = search([](double t) { return parabola(t, 1.0); }, 1.0);
  CHECK(run.trials.size() == 1);
  CHECK(run.found.t == 1.0);
}

TEST_CASE("a step that is too short is lengthened at most tenfold at a time") {
  const Search run = search([](double t) { return parabola(t, 1e4); }, 1.0);
  CHECK(is_wolfe(run));
  for (std::size_t i = 1; i < run.trials.size(); ++i) {
    CHECK(run.trials[i].t <= 10.0 * run.trials[i - 1].t);
    CHECK(run.trials[i].t > run.trials[i - 1].t);
  }
}

TEST_CASE("a step that went too far is shortened into the bracket") {
  const Search run = search([](double t) { return parabola(t, 1.0); }, 50.0);
  CHECK(run.found.t == doctest::Approx(1.0).epsilon(1e-12));
  CHECK(run.trials.size() == 2);
}

TEST_CASE("the budget is at most max_ls trials after the first one, and its end returns the lower end") {
  for (const std::int64_t max_ls : {0, 1, 2, 5}) {
    CAPTURE(max_ls);
    const Search forever = search([](double t) { return Value{-t * t - t, -2.0 * t - 1.0}; }, 1.0, max_ls);
    CHECK(forever.trials.size() == static_cast<std::size_t>(max_ls) + 1);
    CHECK(forever.found.t == forever.trials.back().t);
    const Search uphill = search([](double t) { return Value{t, -1.0}; }, 1.0, max_ls);
    CHECK(uphill.found.t == 0.0);
  }
}

TEST_CASE("a gradient that contradicts the losses ends the search at its start") {
  const Search run = search([](double t) { return Value{t, -1.0}; }, 1.0);
  CHECK(run.found.t == 0.0);
  CHECK(run.found.slot == run.start.slot);
}

TEST_CASE("a bracket narrower than 1e-9 in the point ends the search") {
  const Phi uphill = [](double t) { return Value{t, -1.0}; };
  const Search narrow = search(uphill, 1.0, 25, 1e-10);
  CHECK(narrow.trials.size() == 1);
  CHECK(search(uphill, 1.0, 1000, 1.0).trials.size() < 100);
}

TEST_CASE("of two trials in a row that hug an end of the bracket the second is moved a tenth of its width inside") {
  const Phi cliff_edge = [](double t) { return t == 0.0 ? Value{0.0, -1.0} : Value{100.0, 200.0 / t}; };
  const Search run = search(cliff_edge, 1.0);
  REQUIRE(run.trials.size() >= 4);
  CHECK(run.trials[1].t == cubic_minimiser(run.start, run.trials[0], 0.0, 1.0));
  CHECK(run.trials[1].t < 0.1);
  CHECK(run.trials[2].t == 0.1 * run.trials[1].t);
  CHECK(run.trials[3].t == cubic_minimiser(run.start, run.trials[2], 0.0, run.trials[2].t));
}

TEST_CASE("after a first trial that is not finite the next ones halve the step") {
  const Search run = search(broken_at([](double t) { return parabola(t, 0.1); }, [](int k) { return k <= 3; }), 1.0);
  REQUIRE(run.trials.size() >= 4);
  CHECK(run.trials[1].t == 0.5);
  CHECK(run.trials[2].t == 0.25);
  CHECK(run.trials[3].t == 0.125);
  CHECK(is_wolfe(run));
}

TEST_CASE("while bracketing, the trial after a non-finite one is half way back to the last finite trial") {
  const Search run = search(broken_at([](double t) { return parabola(t, 1e3); }, [](int k) { return k == 3; }), 1.0);
  REQUIRE(run.trials.size() >= 4);
  CHECK_FALSE(run.trials[2].finite);
  CHECK(run.trials[3].t == (run.trials[1].t + run.trials[2].t) / 2.0);
  CHECK(decreased(run));
}

TEST_CASE("no trial goes back to or beyond a step known not to be finite") {
  for (const double wall : {0.3, 1.0, 7.0}) {
    CAPTURE(wall);
    const Phi phi = [wall](double t) { return t < wall ? parabola(t, 100.0) : Value{nan, nan}; };
    const Search run = search(phi, 1e-3);
    double nearest = std::numeric_limits<double>::infinity();
    for (const Sample& trial : run.trials) {
      CHECK(trial.t < nearest);
      if (!trial.finite) nearest = trial.t;
    }
    CHECK(run.found.t > 0.0);
    CHECK(run.found.t < wall);
  }
}

TEST_CASE("while zooming, the trials after non-finite ones are half way back to the low end") {
  const Search run =
      search(broken_at([](double t) { return parabola(t, 1.0); }, [](int k) { return k == 2 || k == 3; }), 10.0);
  REQUIRE(run.trials.size() >= 4);
  CHECK(run.trials[1].t == doctest::Approx(1.0).epsilon(1e-12));
  CHECK(run.trials[2].t == run.trials[1].t / 2.0);
  CHECK(run.trials[3].t == run.trials[1].t / 4.0);
  CHECK(is_wolfe(run));
}

TEST_CASE("a search that never sees a finite trial returns its start") {
  for (const std::int64_t max_ls : {0, 1, 25, 100}) {
    const Search run = search([](double t) { return t == 0.0 ? Value{1.0, -1.0} : Value{nan, nan}; }, 1.0, max_ls);
    CHECK(run.found.t == 0.0);
    CHECK(run.found.slot == run.start.slot);
  }
}

TEST_CASE("an infinite loss or slope of either sign is never returned") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const Value& bad : {Value{-infinity, -1.0}, Value{infinity, 1.0}, Value{-5.0, -infinity}, Value{-5.0, nan}}) {
    const Search run = search([&](double t) { return t > 0.5 ? bad : parabola(t, 2.0); }, 1.0);
    CHECK(run.found.t > 0.0);
    CHECK(run.found.t <= 0.5);
  }
}

TEST_CASE("a fault at any one trial still ends at a point that has decreased enough") {
  for (int fault = 1; fault <= 8; ++fault) {
    for (const double t : {1e-4, 1.0, 30.0}) {
      CAPTURE(fault);
      CAPTURE(t);
      CHECK(decreased(search(broken_at(rosenbrock_slice, [&](int k) { return k == fault; }), t)));
    }
  }
}

TEST_CASE("a slope that vanishes by underflow is flat enough") {
  const Search run = search(falling_exponential, 1.0);
  CHECK(run.found.t == 1.0);
  CHECK(is_wolfe(run));
}

}  // namespace lbfgs::test
