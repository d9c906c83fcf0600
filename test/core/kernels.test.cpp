#include "core/kernels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "arrays.hpp"
#include "core/workspace.hpp"
#include "random.hpp"

namespace lbfgs::test {
namespace {

constexpr Index sizes[] = {0, 1, 7, block_size - 1, block_size, block_size + 1, 5000};

std::size_t count(Index n) { return static_cast<std::size_t>(n); }

// |ours - exact| within a few roundings of the sum of the absolute terms.
void check_sum(double ours, long double exact, long double absolute) {
  CHECK(std::abs(static_cast<long double>(ours) - exact) <= 1e-13L * absolute);
}

template <class T>
long double exact_dot(const std::vector<T>& a, const std::vector<T>& b) {
  long double sum = 0.0L;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<long double>(a[i]) * b[i];
  return sum;
}
template <class T>
long double absolute_dot(const std::vector<T>& a, const std::vector<T>& b) {
  long double sum = 0.0L;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<long double>(a[i]) * b[i]);
  return sum;
}

}  // namespace

TEST_CASE_TEMPLATE("dot and norm1 agree with a long-double loop", T, float, double) {
  Random random(1);
  for (const Index n : sizes) {
    CAPTURE(n);
    const std::vector<T> a = random.vector<T>(count(n));
    const std::vector<T> b = random.vector<T>(count(n));
    const std::vector<T> ones(count(n), T{1});
    check_sum(dot(a.data(), b.data(), n), exact_dot(a, b), absolute_dot(a, b));
    check_sum(norm1(a.data(), n), absolute_dot(a, ones), absolute_dot(a, ones));
  }
}

TEST_CASE("products of floats are summed in double") {
  const std::vector<float> big{1e8F, 1.0F, -1e8F};
  const std::vector<float> ones{1.0F, 1.0F, 1.0F};
  CHECK(dot(big.data(), ones.data(), 3) == 1.0);
  const std::vector<float> large(10, 1e30F);
  CHECK(dot(large.data(), large.data(), 10) == doctest::Approx(1e61));
}

TEST_CASE_TEMPLATE("the fused passes are the plain loops, factors rounded to the entries' type, and a dot product", T,
                   float, double) {
  Random random(2);
  for (const Index n : sizes) {
    CAPTURE(n);
    const double alpha = random.next();
    const double gamma = random.next();
    const std::vector<T> x = random.vector<T>(count(n));
    const std::vector<T> y = random.vector<T>(count(n));
    const std::vector<T> z = random.vector<T>(count(n));
    std::vector<T> scaled(count(n));
    std::vector<T> sum = y;
    std::vector<T> both = y;
    const double with_scaled = scale_dot(alpha, x.data(), scaled.data(), z.data(), n);
    const double with_sum = axpy_dot(alpha, x.data(), sum.data(), z.data(), n);
    const double with_both = axpy_scale_dot(alpha, x.data(), gamma, both.data(), z.data(), n);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T product = static_cast<T>(alpha) * x[i];
      const T added = y[i] + product;
      CHECK_EQ(scaled[i], product);
      CHECK_EQ(sum[i], added);
      CHECK_EQ(both[i], static_cast<T>(gamma) * added);
    }
    CHECK(with_scaled == dot(scaled.data(), z.data(), n));
    CHECK(with_sum == dot(sum.data(), z.data(), n));
    CHECK(with_both == dot(both.data(), z.data(), n));
  }
}

TEST_CASE_TEMPLATE("form_pair writes s and y and returns their products", T, float, double) {
  Random random(3);
  for (const Index n : sizes) {
    CAPTURE(n);
    const double t = 0.3;
    const std::vector<T> d = random.vector<T>(count(n));
    const std::vector<T> g = random.vector<T>(count(n));
    const std::vector<T> before = random.vector<T>(count(n));
    std::vector<T> s(count(n));
    std::vector<T> y(count(n));
    const Curvature curvature = form_pair(t, d.data(), g.data(), before.data(), s.data(), y.data(), n);
    for (std::size_t i = 0; i < d.size(); ++i) {
      CHECK_EQ(s[i], static_cast<T>(t) * d[i]);
      CHECK_EQ(y[i], g[i] - before[i]);
    }
    check_sum(curvature.ys, exact_dot(y, s), absolute_dot(y, s));
    check_sum(curvature.yy, exact_dot(y, y), absolute_dot(y, y));
  }
}

TEST_CASE_TEMPLATE("the extent of a vector is its largest entry, and whether every entry is finite", T, float, double) {
  using Limits = std::numeric_limits<T>;
  Random random(4);
  for (const Index n : sizes) {
    CAPTURE(n);
    std::vector<T> a = random.vector<T>(count(n));
    if (n > 0) a[count(n) / 2] = T{-3};
    CHECK(extent(a.data(), n).max == (n > 0 ? 3.0 : 0.0));
    CHECK(extent(a.data(), n).finite);
  }
  for (const T bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
    for (const std::size_t at : {0U, 3U, 1023U, 1024U, 4999U}) {
      CAPTURE(at);
      std::vector<T> a(5000, T{1});
      a[at] = bad;
      CHECK_FALSE(extent(a.data(), 5000).finite);
    }
  }
  const std::vector<T> largest(20, Limits::max());
  CHECK(extent(largest.data(), 20).finite);
}

TEST_CASE("a non-finite entry of a gradient is found wherever it is") {
  Arrays<double> arrays({3, 2000, 0, 500});
  const std::unique_ptr<Workspace> workspace = Workspace::create(arrays.parameters(), 1);
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t at : {0U, 2U, 3U, 1023U, 1024U, 2003U, 2502U}) {
      CAPTURE(at);
      Vector g(2503, 0.5);
      arrays.set_grad(g);
      CHECK(workspace->read_gradient(0, false).finite);
      g[at] = bad;
      arrays.set_grad(g);
      CHECK_FALSE(workspace->read_gradient(0, false).finite);
    }
  }
}

TEST_CASE_TEMPLATE("sums do not depend on how the vector is cut into parameters", T, float, double) {
  Random random(6);
  const Vector g = random.vector(5000);
  const std::vector<std::vector<std::size_t>> cuts{
      {5000}, {1, 4999}, {1023, 1, 3976}, {1024, 3976}, {0, 2500, 0, 2500, 0}, {7, 1500, 1500, 1500, 493}};
  double norm = 0.0;
  double slope = 0.0;
  for (const std::vector<std::size_t>& cut : cuts) {
    CAPTURE(cut.size());
    Arrays<T> arrays(cut);
    const std::unique_ptr<Workspace> workspace = Workspace::create(arrays.parameters(), 1);
    arrays.set_grad(g);
    const double max = workspace->read_gradient(0, false).max;
    const DirectionSummary steepest = workspace->steepest_descent(0);
    const GradientSummary along = workspace->read_gradient(1, true);
    CHECK(along.slope == steepest.slope);
    CHECK(max == steepest.max);
    if (norm == 0.0) {
      norm = workspace->gradient_norm1(0);
      slope = along.slope;
    }
    CHECK(workspace->gradient_norm1(0) == norm);
    CHECK(along.slope == slope);
  }
}

}  // namespace lbfgs::test
