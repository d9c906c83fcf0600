// The kernels of the diagonal matrix.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernel_tables.hpp"

namespace lbfgs::test {
namespace {

// The formula for one entry, its operations in the order of the kernel.
double changed(const DiagonalChange& change, double s, double y, double inverse) {
  const auto usable = [](double value) { return value >= least_diagonal && value <= most_diagonal; };
  const double scaled = change.scale * inverse;
  const double y_squared = y * y;
  const double step = s * inverse;
  const double step_squared = step * step;
  const double from_y = change.y_factor * y_squared;
  const double from_s = change.s_factor * step_squared;
  const double with_y = scaled + from_y;
  const double next = with_y - from_s;
  if (usable(next)) return next;
  return usable(scaled) ? scaled : inverse;
}

std::vector<double> positive(Random& random, Index n) {
  std::vector<double> values = random.vector(count(n));
  for (double& value : values) value = std::exp(5.0 * value);
  return values;
}

}  // namespace

TEST_CASE_TEMPLATE("the products of a pair with a diagonal matrix agree with long-double loops", H, float, double) {
  Random random(31);
  for_each_set_and_size<DiagonalKernels<H>>([&](const DiagonalKernels<H>& kernels, Index n) {
    const std::vector<H> s = random.vector<H>(count(n));
    const std::vector<H> y = random.vector<H>(count(n));
    const std::vector<double> inverse = positive(random, n);
    Exact y_d_y;
    Exact s_b_s;
    for (std::size_t i = 0; i < s.size(); ++i) {
      y_d_y.add(static_cast<long double>(y[i]) * y[i] / inverse[i]);
      s_b_s.add(static_cast<long double>(s[i]) * s[i] * inverse[i]);
    }
    const DiagonalProducts products = kernels.products(s.data(), y.data(), inverse.data(), n);
    check_sum(products.y_d_y, y_d_y);
    check_sum(products.s_b_s, s_b_s);
    check_sum(products.ss, exact_dot(s, s));
  });
}

TEST_CASE_TEMPLATE("forming a pair with a diagonal matrix gives the bits of both", Y, FloatFloat, DoubleFloat,
                   DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  for (const InstructionSet& set : compilations()) {
    const auto& kernels = std::get<PairKernels<T, H>>(*set.kernels);
    for (const Index n : kernel_sizes) {
      CAPTURE(set.name);
      CAPTURE(n);
      Random random(6);
      const std::vector<T> d = random.vector<T>(count(n));
      const std::vector<T> g = random.vector<T>(count(n));
      const std::vector<T> before = random.vector<T>(count(n));
      const std::vector<double> inverse = positive(random, n);
      std::vector<H> s(count(n));
      std::vector<H> y(count(n));
      Guarded<H> same_s(n);
      Guarded<H> same_y(n);
      DiagonalProducts sums;
      const Curvature curvature = kernels.form(0.3, d.data(), g.data(), before.data(), s.data(), y.data(), n);
      const Curvature same = kernels.form_with_diagonal(0.3, d.data(), g.data(), before.data(), same_s.data(),
                                                        same_y.data(), inverse.data(), n, sums);
      const auto& diagonal = std::get<DiagonalKernels<H>>(*set.kernels);
      const DiagonalProducts products = diagonal.products(s.data(), y.data(), inverse.data(), n);
      CHECK(same_s.values() == s);
      CHECK(same_y.values() == y);
      CHECK(same.ys == curvature.ys);
      CHECK(same.yy == curvature.yy);
      CHECK(sums.y_d_y == products.y_d_y);
      CHECK(sums.s_b_s == products.s_b_s);
      CHECK(sums.ss == products.ss);
    }
  }
}

TEST_CASE_TEMPLATE("the change of a diagonal matrix is the plain loop, in place too", H, float, double) {
  Random random(32);
  for_each_set_and_size<DiagonalKernels<H>>([&](const DiagonalKernels<H>& kernels, Index n) {
    const std::vector<H> s = random.vector<H>(count(n));
    const std::vector<H> y = random.vector<H>(count(n));
    const std::vector<double> inverse = positive(random, n);
    const DiagonalChange change{1.0 + random.next() / 2.0, 1.0 + random.next(), 0.1};
    std::vector<double> expected(count(n));
    for (std::size_t i = 0; i < s.size(); ++i) expected[i] = changed(change, s[i], y[i], inverse[i]);
    Guarded<double> out(n);
    kernels.update(change, s.data(), y.data(), inverse.data(), out.data(), n);
    CHECK(out.values() == expected);
    Guarded<double> in_place(inverse);
    kernels.update(change, s.data(), y.data(), in_place.data(), in_place.data(), n);
    CHECK(in_place.values() == expected);
  });
}

TEST_CASE_TEMPLATE("an entry of a diagonal matrix is within its bounds whatever the numbers of a pair are", H, float,
                   double) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double denormal = std::numeric_limits<double>::denorm_min();
  const double numbers[] = {0.0, denormal, 1e-300, 1e-150, 1.0, 1e150, 1e300, infinity, nan};
  for (const InstructionSet& set : compilations()) {
    const DiagonalKernels<H>& kernels = std::get<DiagonalKernels<H>>(*set.kernels);
    for (const double scale : numbers) {
      for (const double factor : numbers) {
        std::vector<H> s;
        std::vector<H> y;
        std::vector<double> inverse;
        std::vector<double> expected;
        for (const double step : numbers) {
          for (const double change : numbers) {
            for (const double entry : {least_diagonal, 1e-150, 1.0, 1e150, most_diagonal}) {
              s.push_back(static_cast<H>(step));
              y.push_back(static_cast<H>(change));
              inverse.push_back(entry);
              expected.push_back(changed({scale, factor, factor}, s.back(), y.back(), entry));
              REQUIRE(expected.back() >= least_diagonal);
              REQUIRE(expected.back() <= most_diagonal);
            }
          }
        }
        CAPTURE(set.name);
        CAPTURE(scale);
        CAPTURE(factor);
        kernels.update({scale, factor, factor}, s.data(), y.data(), inverse.data(), inverse.data(),
                       static_cast<Index>(s.size()));
        CHECK(inverse == expected);
      }
    }
  }
}

TEST_CASE_TEMPLATE("multiplying by a diagonal matrix divides by its inverse", H, float, double) {
  Random random(33);
  for_each_set_and_size<DiagonalKernels<H>>([&](const DiagonalKernels<H>& kernels, Index n) {
    const std::vector<double> inverse = positive(random, n);
    const std::vector<double> before = random.vector(count(n));
    std::vector<double> expected(count(n));
    for (std::size_t i = 0; i < before.size(); ++i) expected[i] = before[i] / inverse[i];
    Guarded<double> q(before);
    kernels.multiply(inverse.data(), q.data(), n);
    CHECK(q.values() == expected);
  });
}

}  // namespace lbfgs::test
