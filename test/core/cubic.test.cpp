#include "core/line_search/cubic.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "random.hpp"

namespace lbfgs::test {
namespace {

// a t^3 + b t^2 + c t + e
struct Cubic {
  double a, b, c, e;

  Sample at(double t) const {
    return {t, ((a * t + b) * t + c) * t + e, (3.0 * a * t + 2.0 * b) * t + c, 0.0, no_slot, true};
  }
};

}  // namespace

TEST_CASE("the minimiser of a known cubic is found from any two of its points") {
  const Cubic cubic{1.0, 0.0, -3.0, 2.0};  // minimum at 1
  CHECK(cubic_minimiser(cubic.at(0.0), cubic.at(2.0), 0.0, 2.0) == doctest::Approx(1.0).epsilon(1e-15));
  CHECK(cubic_minimiser(cubic.at(0.0), cubic.at(0.5), 0.5, 10.0) == doctest::Approx(1.0).epsilon(1e-14));
  CHECK(cubic_minimiser(cubic.at(1.5), cubic.at(4.0), 0.0, 5.0) == doctest::Approx(1.0).epsilon(1e-14));
}

TEST_CASE("a parabola's minimiser is found as that of a cubic without a cubic term") {
  const Cubic parabola{0.0, 2.0, -6.0, 1.0};  // minimum at 1.5
  CHECK(cubic_minimiser(parabola.at(0.0), parabola.at(1.0), -10.0, 10.0) == doctest::Approx(1.5).epsilon(1e-15));
}

TEST_CASE("random cubics with a minimum give it back") {
  Random random(11);
  for (int i = 0; i < 200; ++i) {
    const double low = random.next();
    const double high = low - 0.5 - std::abs(random.next());  // the maximum, left of the minimum
    const double a = 0.5 + std::abs(random.next());
    const Cubic cubic{a, -1.5 * a * (low + high), 3.0 * a * low * high, random.next()};
    const double left = low - 1.0 - random.next();
    const double right = low + 1.5 + random.next();
    CAPTURE(i);
    CHECK(cubic_minimiser(cubic.at(left), cubic.at(right), -100.0, 100.0) == doctest::Approx(low).epsilon(1e-9));
  }
}

TEST_CASE("a minimiser outside the bounds is moved to the nearer one") {
  const Cubic cubic{1.0, 0.0, -3.0, 0.0};
  CHECK(cubic_minimiser(cubic.at(0.0), cubic.at(0.5), 1.25, 3.0) == 1.25);
  CHECK(cubic_minimiser(cubic.at(0.0), cubic.at(0.5), 0.25, 0.75) == 0.75);
}

TEST_CASE("a cubic without a minimiser gives the middle of the bounds") {
  const Cubic rising{1.0, 0.0, 1.0, 0.0};  // its slope has no zero
  CHECK(cubic_minimiser(rising.at(-1.0), rising.at(2.0), 3.0, 8.0) == 5.5);
}

TEST_CASE("where rounding makes the formula 0/0 the middle of the bounds is returned") {
  const Sample flat_left{0.0, 1.0, 0.0, 0.0, no_slot, true};
  const Sample flat_right{1.0, 1.0, 0.0, 0.0, no_slot, true};
  CHECK(cubic_minimiser(flat_left, flat_right, 0.0, 1.0) == 0.5);
  const Sample steep_left{0.0, 0.0, -3.0, 0.0, no_slot, true};
  const Sample steep_right{1.0, -1.0, -3.0, 0.0, no_slot, true};
  CHECK(cubic_minimiser(steep_left, steep_right, 1.01, 10.0) == 5.505);
}

TEST_CASE("a straight line goes to the bound that lies downhill") {
  const Cubic falling{0.0, 0.0, -4.0, 0.0};
  CHECK(cubic_minimiser(falling.at(0.0), falling.at(1.0), 1.0, 10.0) == 10.0);
  const Cubic rising{0.0, 0.0, 4.0, 0.0};
  CHECK(cubic_minimiser(rising.at(0.0), rising.at(1.0), 0.0, 1.0) == 0.0);
}

TEST_CASE("values too large for the formula give the middle or a point within the bounds, never NaN") {
  const double huge = std::numeric_limits<double>::max() / 2.0;
  for (const double loss : {huge, -huge, 1e300}) {
    for (const double slope : {huge, -huge, 1e200, -1e200, 0.0}) {
      const double t =
          cubic_minimiser({0.0, 0.0, -1.0, 0.0, no_slot, true}, {1.0, loss, slope, 0.0, no_slot, true}, 0.25, 4.0);
      CAPTURE(loss);
      CAPTURE(slope);
      CHECK((t >= 0.25 && t <= 4.0));
    }
  }
}

TEST_CASE("the order of the two points makes no difference to the bit") {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const Sample a{random.next(), random.next(), random.next(), 0.0, 0, true};
    const Sample b{random.next(), random.next(), random.next(), 0.0, 1, true};
    CHECK(cubic_minimiser(a, b, -2.0, 3.0) == cubic_minimiser(b, a, -2.0, 3.0));
  }
}

}  // namespace lbfgs::test
