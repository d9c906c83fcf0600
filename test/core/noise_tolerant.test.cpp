// The line search that knows how far losses can be trusted.
#include "core/line_search/noise_tolerant.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "line.hpp"

namespace lbfgs::test {
namespace {

Search tolerant(const Phi& phi, double t, double noise = 1e-6, std::int64_t max_ls = 25) {
  return search(phi, t, LineOptions{max_ls, 1.0, false, noise_tolerant, noise});
}

// Rounding that repeats and has no trend: a number in [-1, 1) for each t.
double hash(double t) { return std::fmod(std::abs(std::sin(t * 12345.678) * 43758.5453), 2.0) - 1.0; }

Value quartic(double t) { return {std::pow(t - 2.0, 4) + t, 4.0 * std::pow(t - 2.0, 3) + 1.0}; }
Value wavy(double t) { return {std::cos(3.0 * t) - 0.3 * t, -3.0 * std::sin(3.0 * t) - 0.3}; }
Value steep(double t) { return {1.0 / (t + 0.1) + t, 1.0 - 1.0 / ((t + 0.1) * (t + 0.1))}; }

}  // namespace

TEST_CASE("on a smooth function it finds a strong Wolfe point, and no noise") {
  for (Value (*phi)(double) : {quartic, wavy, steep}) {
    for (const double t : {1e-3, 0.1, 1.0, 30.0}) {
      const Search run = tolerant(phi, t, 0.0);
      CHECK(run.found.t > 0.0);
      CHECK(run.found.loss <= run.start.loss + 1e-4 * run.found.t * run.start.slope);
      CHECK(std::abs(run.found.slope) <= -0.8 * run.start.slope);
      CHECK(run.record.noise_found() == 0.0);
    }
  }
}

TEST_CASE("below the noise the slopes decide, so rounding does not end a search") {
  for (const double scale : {1e-8, 1e-11, 1e-14}) {
    const auto phi = [=](double t) { return Value{1.0 + 1e-9 * hash(t), scale * (t - 1.0)}; };
    const Search run = tolerant(phi, 3.5);
    CHECK(run.found.t > 0.0);
    CHECK(std::abs(run.found.slope) <= 0.8 * scale);
  }
}

TEST_CASE("noise above the assumed one is measured, and the search goes on by the slopes") {
  for (const double noise : {1e-5, 1e-4}) {
    const auto phi = [=](double t) {
      const double value = 1e-6 * (t - 1.0) * (t - 1.0);
      return Value{1.0 + value + (t == 0.0 ? 0.0 : noise * (1.0 + 0.1 * hash(t))), 2e-6 * (t - 1.0)};
    };
    const Search run = tolerant(phi, 4.0);
    CHECK(run.found.t > 0.0);
    CHECK(std::abs(run.found.slope) <= 0.8 * 2e-6);
    CHECK(run.record.noise_found() >= noise);
    CHECK(run.record.noise_found() <= 4.0 * noise);
  }
}

TEST_CASE("noise larger than the loss is measured where a search fails, in few trials") {
  // A minimum of 0 at t = 1. x = 1 + t, so that steps below 1e-16 are lost in its rounding.
  const double noise = 1e-5;
  const auto phi = [=](double t) {
    const double away = (1.0 + t) - 2.0;
    const double error = t == 0.0 ? 0.0 : noise * (1.0 + 0.5 * hash(1.0 + t));
    return Value{1e-8 * away * away + (1.0 + t == 1.0 ? 0.0 : error), 2e-8 * away};
  };
  const Search run = tolerant(phi, 1.5);
  CHECK(run.found.t > 0.0);
  CHECK(std::abs(run.found.slope) <= 0.8 * 2e-8);
  CHECK(run.record.noise_found() >= noise);
  CHECK(run.record.noise_found() <= 4.0 * noise);
  CHECK(run.trials.size() < 15);
}

TEST_CASE("the shortest trials show noise where residuals do not shrink, and where there are three that have changed") {
  const auto shown = [](const Phi& phi, std::initializer_list<double> steps) {
    Record record;
    record.begin_step(0.0);
    record.begin_line({0.0, phi(0.0).loss, phi(0.0).slope, 0.0, 0, true});
    for (const double t : steps) record.add({t, phi(t).loss, phi(t).slope, 0.0, 0, true});
    return record.noise_of_shortest();
  };
  const auto jump = [](double t) {
    return Value{t == 0.0 ? 0.0 : 1e-3 + std::expm1(3.0 * t), 3.0 * std::exp(3.0 * t)};
  };
  CHECK(shown(jump, {1.0, 1e-2, 1e-3, 1e-4}) == doctest::Approx(2e-3).epsilon(0.1));
  CHECK(shown(jump, {1.0, 1e-4}) == 0.0);
  CHECK(shown(jump, {1.0, 2e-4, 1.5e-4, 1e-4}) == 0.0);
  for (const double sign : {1.0, 0.5, -1.0}) {
    const auto phi = [=](double t) { return Value{std::exp(t), sign * std::exp(t)}; };
    CHECK(shown(phi, {1.0, 1e-2, 1e-3, 1e-4}) == 0.0);
    CHECK(shown([=](double t) { return phi(t < 1e-3 ? 0.0 : t); }, {1.0, 1e-2, 1e-4, 1e-5}) == 0.0);
  }
}

TEST_CASE("a gradient that does not belong to the loss is no noise, and the residuals tell") {
  for (const double sign : {-1.0, -0.5}) {
    const auto phi = [=](double t) { return Value{5.0 + std::sinh(t), sign * std::cosh(t)}; };
    const Search run = tolerant(phi, 1.0);
    CHECK(run.found.t == 0.0);
    CHECK(run.record.noise_found() == 0.0);
    CHECK(run.record.residual_order() == doctest::Approx(1.0).epsilon(0.1));
  }
}

TEST_CASE("the order of the residuals of smooth, of noisy and of constant losses") {
  const auto order = [](const Phi& phi) {
    Record record;
    record.begin_step(0.0);
    record.begin_line({0.0, phi(0.0).loss, phi(0.0).slope, 0.0, 0, true});
    for (const double t : {1.0, 0.3, 0.1, 0.03}) record.add({t, phi(t).loss, phi(t).slope, 0.0, 0, true});
    return record.residual_order();
  };
  CHECK(order([](double t) { return Value{std::exp(t), std::exp(t)}; }) == doctest::Approx(3.0).epsilon(0.05));
  CHECK(order([](double t) { return Value{t == 0.0 ? 0.0 : 1e-3, -1e-9}; }) == doctest::Approx(0.0).epsilon(0.05));
  CHECK(std::isnan(order([](double) { return Value{1.0, 0.0}; })));
}

TEST_CASE("without an acceptable point the lowest trial is returned, with its gradient") {
  // A kink at 0.4: no slope is flat enough.
  const auto phi = [](double t) { return Value{std::abs(t - 0.4), t < 0.4 ? -1.0 : 1.0}; };
  for (const double t : {0.39, 1.0, 3.0}) {
    const Search run = tolerant(phi, t);
    CHECK(run.found.t > 0.0);
    for (const Sample& trial : run.trials) CHECK(run.found.loss <= trial.loss);
  }
}

TEST_CASE("trials that are not finite are walls and never returned") {
  const auto phi = [](double t) { return t < 0.37 ? Value{-std::log(1.0 + t), -1.0 / (1.0 + t)} : Value{NAN, NAN}; };
  const Search run = tolerant(phi, 1.0);
  CHECK(run.found.t > 0.15);
  CHECK(run.found.t < 0.37);
}

TEST_CASE("a trial on a plateau is shortened, and returned only where no shorter one is better") {
  // A steep descent to a bowl around 1, and beyond the bowl a plateau at 1.
  const auto bowl = [](double t) {
    const double steep = 10.0 * std::exp(-10.0 * t);
    const double hollow = std::exp(-(t - 1.0) * (t - 1.0));
    return Value{1.0 + steep - hollow, 2.0 * (t - 1.0) * hollow - 10.0 * steep};
  };
  for (const double t : {30.0, 1e3, 1e6}) CHECK(tolerant(bowl, t).found.loss < 0.7);
  // A wall beside a plateau without end: nothing is below the plateau.
  const auto cliff = [](double t) { return Value{t < 1e-9 ? 1.0 - t : 0.9, t < 1e-9 ? -1.0 : 0.0}; };
  const Search run = tolerant(cliff, 100.0);
  CHECK(run.found.t > 0.0);
  CHECK(run.found.loss == 0.9);
}

TEST_CASE("the width of the bracket is relative: a search in tiny steps ends as one in large steps") {
  const Search large = tolerant([](double t) { return quartic(t); }, 1.0);
  const double unit = 0x1p-60;
  const auto tiny = [=](double t) {
    const Value value = quartic(t / unit);
    return Value{value.loss, value.slope / unit};
  };
  const Search small = tolerant(tiny, unit);
  REQUIRE(large.trials.size() == small.trials.size());
  CHECK(small.found.t == large.found.t * unit);
}

}  // namespace lbfgs::test
