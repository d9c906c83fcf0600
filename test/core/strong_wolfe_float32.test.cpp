// The line search for float32 parameters, whose losses may have more digits than float32 all the same.
#include <doctest/doctest.h>

#include "line.hpp"

namespace lbfgs::test {

TEST_CASE("with float32 losses a decrease below their resolution is not asked for") {
  const Phi level = [](double t) { return Value{1.0, t == 0.0 ? -1e-5 : -1e-6}; };  // c1 t slope = -1e-9
  CHECK(search(level, 1.0, 25, 1.0, true).found.t == 1.0);
  CHECK(search(level, 1.0, 25, 1.0, false).found.t == 0.0);
}

TEST_CASE("with float32 parameters, losses of more digits or beyond float32 take no longer a search and never rise") {
  const auto compare = [](double scale, double offset, double t) {
    CAPTURE(scale);
    CAPTURE(offset);
    CAPTURE(t);
    const Phi phi = [=](double at) {
      const Value value = parabola(at, 1.0);
      return Value{scale * value.loss + offset, scale * value.slope};
    };
    const Search rounded = search(phi, t, 25, 1.0, true);
    const Search exact = search(phi, t, 25, 1.0, false);
    CHECK(rounded.trials.size() <= exact.trials.size() + 2);
    CHECK(rounded.found.loss <= rounded.start.loss);
    CHECK(rounded.found.t > 0.0);
  };
  for (const double t : {0.01, 0.3, 1.0, 1.7, 5.0, 100.0}) {
    for (const double offset : {1.0, 100.0, 12345.678, 1e6, -12345.678, -1e6}) {
      for (const double scale : {1.0, 1e-2, 1e-4}) compare(scale, offset, t);
    }
    compare(1e39, -2e39, t);  // below -3.4e38
    compare(1e39, 1e39, t);   // above 3.4e38
  }
}

}  // namespace lbfgs::test
