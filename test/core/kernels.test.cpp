#include "core/vectors/cpu/kernels/kernels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernel_tables.hpp"

namespace lbfgs::test {

TEST_CASE_TEMPLATE("dot, norm1 and summarise agree with long-double loops", T, float, double) {
  Random random(1);
  for_each_set_and_size<VectorKernels<T>>([&](const VectorKernels<T>& kernels, Index n) {
    const std::vector<T> a = random.vector<T>(count(n));
    const std::vector<T> b = random.vector<T>(count(n));
    Exact norm;
    for (const T entry : a) norm.add(std::abs(static_cast<long double>(entry)));
    check_sum(kernels.dot(a.data(), b.data(), n), exact_dot(a, b));
    check_sum(kernels.norm1(a.data(), n), norm);
    const Summary summary = kernels.summarise(a.data(), n);
    check_sum(summary.product, exact_dot(a, a));
    CHECK(summary.product == kernels.dot(a.data(), a.data(), n));
    CHECK(summary.max == largest_magnitude(a));
    CHECK(summary.finite);
  });
}

TEST_CASE("products of floats are summed in double") {
  for (const InstructionSet& set : compilations()) {
    const auto& kernels = std::get<VectorKernels<float>>(*set.kernels);
    const std::vector<float> big{1e8F, 1.0F, -1e8F};
    const std::vector<float> ones(3, 1.0F);
    CHECK(kernels.dot(big.data(), ones.data(), 3) == 1.0);
    const std::vector<float> large(10, 1e30F);
    CHECK(kernels.dot(large.data(), large.data(), 10) == doctest::Approx(1e61));
    CHECK(kernels.summarise(large.data(), 10).product == doctest::Approx(1e61));
  }
}

TEST_CASE("short vectors are summed in the order of their entries") {
  Random random(9);
  const auto& kernels = std::get<VectorKernels<double>>(scalar::kernels);
  for (Index n = 0; n < 30; ++n) {
    const std::vector<double> a = random.vector(count(n));
    const std::vector<double> b = random.vector(count(n));
    double product = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      product += a[i] * b[i];
      norm += std::abs(a[i]);
    }
    CHECK(kernels.dot(a.data(), b.data(), n) == product);
    CHECK(kernels.norm1(a.data(), n) == norm);
  }
}

TEST_CASE_TEMPLATE("steepest descent is the plain loop, gamma rounded to the entries' type", T, float, double) {
  Random random(2);
  for_each_set_and_size<VectorKernels<T>>([&](const VectorKernels<T>& kernels, Index n) {
    const double gamma = random.next();
    const std::vector<T> g = random.vector<T>(count(n));
    Guarded<T> d(n);
    const Summary steepest = kernels.steepest(gamma, g.data(), d.data(), n);
    std::vector<T> expected(count(n));
    for (std::size_t i = 0; i < g.size(); ++i) expected[i] = -static_cast<T>(gamma) * g[i];
    CHECK(d.values() == expected);
    check_sum(steepest.product, exact_dot(expected, g));
    CHECK(steepest.max == largest_magnitude(expected));
    CHECK(steepest.finite);
  });
}

TEST_CASE_TEMPLATE("a gradient is read with what is asked of it, converted to the computing type", Y, FloatFloat,
                   FloatDouble, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using E = typename Y::Other;
  Random random(3);
  for_each_set_and_size<CallerKernels<T, E>>([&](const CallerKernels<T, E>& kernels, Index n) {
    const std::vector<E> in = random.vector<E>(count(n));
    const std::vector<T> d = random.vector<T>(count(n));
    const std::vector<T> expected(in.begin(), in.end());
    for (const bool with_g : {false, true}) {
      for (const bool with_d : {false, true}) {
        Guarded<T> g(n);
        const Summary summary = kernels.read(in.data(), with_g ? g.data() : nullptr, with_d ? d.data() : nullptr, n);
        if (with_g) CHECK(g.values() == expected);
        if (with_d) check_sum(summary.product, exact_dot(expected, d));
        if (!with_d) CHECK(summary.product == 0.0);
        CHECK(summary.max == largest_magnitude(expected));
        CHECK(summary.finite);
      }
    }
  });
}

TEST_CASE_TEMPLATE("a move is x + t d in the computing type, rounded to the caller's, and advancing moves x there", Y,
                   FloatFloat, FloatDouble, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using E = typename Y::Other;
  Random random(4);
  for_each_set_and_size<CallerKernels<T, E>>([&](const CallerKernels<T, E>& kernels, Index n) {
    const double t = random.next();
    const std::vector<T> x = random.vector<T>(count(n));
    const std::vector<T> d = random.vector<T>(count(n));
    std::vector<E> expected(count(n));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T step = static_cast<T>(t) * d[i];
      expected[i] = static_cast<E>(x[i] + step);
    }
    Guarded<E> out(n);
    CHECK(kernels.move(x.data(), t, d.data(), out.data(), n));
    CHECK(out.values() == expected);
    Guarded<T> moved(x);
    kernels.advance(moved.data(), t, d.data(), n);
    CHECK(moved.values() == std::vector<T>(expected.begin(), expected.end()));
  });
}

TEST_CASE_TEMPLATE("an entry that is not finite is told wherever it is, and NaN is no maximum", Y, FloatFloat,
                   FloatDouble, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using E = typename Y::Other;
  constexpr Index n = 77;
  constexpr E infinity = std::numeric_limits<E>::infinity();
  constexpr E nan = std::numeric_limits<E>::quiet_NaN();
  for (const InstructionSet& set : compilations()) {
    const auto& caller = std::get<CallerKernels<T, E>>(*set.kernels);
    const auto& vector = std::get<VectorKernels<T>>(*set.kernels);
    for (std::size_t at = 0; at < n; ++at) {
      for (const E bad : {nan, infinity, -infinity}) {
        CAPTURE(set.name);
        CAPTURE(at);
        std::vector<E> in(n, E(-3));
        in[at] = bad;
        const double max = std::isnan(bad) ? 3.0 : std::numeric_limits<double>::infinity();
        std::vector<T> g(n);
        std::vector<T> d(n, T(1));
        for (const Summary& summary :
             {caller.read(in.data(), g.data(), d.data(), n), caller.read(in.data(), nullptr, d.data(), n),
              caller.read(in.data(), g.data(), nullptr, n), caller.read(in.data(), nullptr, nullptr, n),
              vector.summarise(g.data(), n), vector.steepest(0.5, g.data(), d.data(), n)}) {
          CHECK_FALSE(summary.finite);
          if (std::isnan(bad)) CHECK((summary.max == 3.0 || summary.max == 1.5));
          if (!std::isnan(bad)) CHECK(summary.max == max);
        }
        const std::vector<T> x(n, T(1));
        std::vector<E> out(n);
        CHECK_FALSE(caller.move(x.data(), 1.0, g.data(), out.data(), n));
        CHECK_FALSE(caller.move(g.data(), 1.0, x.data(), out.data(), n));
        const auto& pair = std::get<PairKernels<T, T>>(*set.kernels);
        std::vector<double> sum(g.begin(), g.end());
        const T* const row = x.data();
        const double factor = 1.0;
        CHECK_FALSE(pair.finish(1.0, &row, &factor, 1, sum.data(), x.data(), d.data(), n).finite);
      }
    }
  }
}

TEST_CASE("the largest finite entries are finite, and what overflows on rounding is not") {
  for (const InstructionSet& set : compilations()) {
    CAPTURE(set.name);
    const auto& same = std::get<CallerKernels<double, double>>(*set.kernels);
    const auto& narrowing = std::get<CallerKernels<float, double>>(*set.kernels);
    const auto& narrow = std::get<CallerKernels<double, float>>(*set.kernels);
    const std::vector<double> largest(20, std::numeric_limits<double>::max());
    const std::vector<double> beyond_float(20, 1e39);
    const std::vector<double> d(20, 0.0);
    std::vector<float> out(20);
    CHECK(same.read(largest.data(), nullptr, nullptr, 20).finite);
    CHECK(same.read(largest.data(), nullptr, nullptr, 20).max == largest[0]);
    CHECK_FALSE(narrowing.read(beyond_float.data(), nullptr, nullptr, 20).finite);
    CHECK_FALSE(narrow.move(beyond_float.data(), 1.0, d.data(), out.data(), 20));
    CHECK(std::get<VectorKernels<double>>(*set.kernels).summarise(largest.data(), 20).finite);
  }
}

}  // namespace lbfgs::test
