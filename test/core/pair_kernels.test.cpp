// The kernels that work on curvature pairs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/memory/storage.hpp"
#include "kernel_tables.hpp"

namespace lbfgs::test {
namespace {

// Rows in memory of their own each, from entry `at` of it on.
template <class H>
struct Rows {
  std::vector<std::vector<H>> entries;
  std::vector<const H*> rows;

  Rows(Random& random, Index rows_count, Index at, Index n) {
    for (Index row = 0; row < rows_count; ++row) entries.push_back(random.vector<H>(count(at + n)));
    for (const std::vector<H>& row : entries) rows.push_back(row.data() + at);
  }
  std::vector<H> part(std::size_t row, Index n) const { return {rows[row], rows[row] + n}; }
};

constexpr Index row_counts[] = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 22};

}  // namespace

TEST_CASE_TEMPLATE("forming a pair writes s and y as they are stored and returns their products", Y, FloatFloat,
                   DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  Random random(5);
  for_each_set_and_size<PairKernels<T, H>>([&](const PairKernels<T, H>& kernels, Index n) {
    const double t = random.next();
    const std::vector<T> d = random.vector<T>(count(n));
    const std::vector<T> g = random.vector<T>(count(n));
    const std::vector<T> before = random.vector<T>(count(n));
    std::vector<H> step(count(n));
    std::vector<H> change(count(n));
    for (std::size_t i = 0; i < d.size(); ++i) {
      step[i] = static_cast<H>(static_cast<T>(t) * d[i]);
      change[i] = static_cast<H>(g[i] - before[i]);
    }
    Guarded<H> s(n);
    Guarded<H> y(n);
    const Curvature curvature = kernels.form(t, d.data(), g.data(), before.data(), s.data(), y.data(), n);
    CHECK(s.values() == step);
    CHECK(y.values() == change);
    const Storage<H> past_caches(2, n + 1);
    for (Index row = 0; row < 2; ++row) past_caches.row(row)[n] = H(7);
    kernels.write_past_caches(t, d.data(), g.data(), before.data(), past_caches.row(0), past_caches.row(1), n);
    CHECK(std::equal(step.begin(), step.end(), past_caches.row(0)));
    CHECK(std::equal(change.begin(), change.end(), past_caches.row(1)));
    for (Index row = 0; row < 2; ++row) CHECK(past_caches.row(row)[n] == H(7));
    check_sum(curvature.ys, exact_dot(change, step));
    check_sum(curvature.yy, exact_dot(change, change));
  });
}

// Calls check(kernels, rows, how many, their length) for every set, number and length.
template <class T, class H, class Check>
void for_each_rows(Random& random, Check&& check) {
  for_each_set_and_size<PairKernels<T, H>>([&](const PairKernels<T, H>& kernels, Index n) {
    for (const Index rows_count : row_counts) {
      if (n > 100 && rows_count > 9) continue;
      CAPTURE(rows_count);
      const Rows<H> rows(random, rows_count, rows_count % 3, n);
      check(kernels, rows, rows_count, n);
    }
  });
}

TEST_CASE_TEMPLATE("products of many rows agree with long-double loops, and each is the same alone and among others", Y,
                   FloatFloat, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  Random random(6);
  for_each_rows<T, H>(random, [&](const PairKernels<T, H>& kernels, const Rows<H>& rows, Index rows_count, Index n) {
    const std::vector<T> g = random.vector<T>(count(n));
    const std::vector<H> y = random.vector<H>(count(n));
    const std::vector<double> sum = random.vector(count(n));
    Guarded<double> with_g(rows_count);
    Guarded<double> with_y(rows_count);
    Guarded<double> with_sum(rows_count);
    Guarded<double> both_g(rows_count);
    Guarded<double> both_y(rows_count);
    kernels.dots(rows.rows.data(), rows_count, g.data(), n, with_g.data());
    kernels.stored_dots(rows.rows.data(), rows_count, y.data(), n, with_y.data());
    kernels.sum_dots(rows.rows.data(), rows_count, sum.data(), n, with_sum.data());
    kernels.two_dots(rows.rows.data(), rows_count, g.data(), y.data(), n, both_g.data(), both_y.data());
    CHECK(both_g.values() == with_g.values());
    CHECK(both_y.values() == with_y.values());
    for (std::size_t row = 0; row < count(rows_count); ++row) {
      check_sum(with_g.data()[row], exact_dot(rows.part(row, n), g));
      check_sum(with_y.data()[row], exact_dot(rows.part(row, n), y));
      check_sum(with_sum.data()[row], exact_dot(rows.part(row, n), sum));
      double alone = 0.0;
      kernels.dots(&rows.rows[row], 1, g.data(), n, &alone);
      CHECK(alone == with_g.data()[row]);
    }
  });
}

TEST_CASE_TEMPLATE("rows are added in their order, each entry as in a plain loop", Y, FloatFloat, DoubleFloat,
                   DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  Random random(7);
  for_each_rows<T, H>(random, [&](const PairKernels<T, H>& kernels, const Rows<H>& rows, Index rows_count, Index n) {
    if (rows_count == 0) return;
    std::vector<double> factors = random.vector(count(rows_count));
    if (std::is_same_v<T, float>) {
      for (double& factor : factors) factor = static_cast<double>(static_cast<float>(factor));
    }
    const auto combined = [&](double scale, const auto& from) {
      std::vector<double> expected(count(n));
      for (std::size_t i = 0; i < count(n); ++i) {
        expected[i] = scale * static_cast<double>(from[i]);
        for (std::size_t row = 0; row < count(rows_count); ++row) {
          const double product = factors[row] * static_cast<double>(rows.rows[row][i]);
          expected[i] += product;
        }
      }
      return expected;
    };
    for (const double scale : {1.0, -1.0, 0.3}) {
      const std::vector<T> g = random.vector<T>(count(n));
      Guarded<double> sum(n);
      kernels.combine(scale, g.data(), rows.rows.data(), factors.data(), rows_count, sum.data(), n, nullptr);
      CHECK(sum.values() == combined(scale, g));
      const std::vector<double> wide = random.vector(count(n));
      Guarded<double> more(wide);
      kernels.add_rows(scale, rows.rows.data(), factors.data(), rows_count, more.data(), n, nullptr);
      CHECK(more.values() == combined(scale, wide));

      std::vector<double> expected(count(rows_count));
      Guarded<double> products(rows_count);
      kernels.combine(scale, g.data(), rows.rows.data(), factors.data(), rows_count, sum.data(), n, products.data());
      CHECK(sum.values() == combined(scale, g));
      kernels.sum_dots(rows.rows.data(), rows_count, sum.data(), n, expected.data());
      CHECK(products.values() == expected);
      Guarded<double> same(wide);
      kernels.add_rows(scale, rows.rows.data(), factors.data(), rows_count, same.data(), n, products.data());
      CHECK(same.values() == more.values());
      kernels.sum_dots(rows.rows.data(), rows_count, same.data(), n, expected.data());
      CHECK(products.values() == expected);

      std::vector<T> direction(count(n));
      for (std::size_t i = 0; i < count(n); ++i) direction[i] = static_cast<T>(more.values()[i]);
      Guarded<double> part(wide);
      Guarded<T> d(n);
      const Summary finish =
          kernels.finish(scale, rows.rows.data(), factors.data(), rows_count, part.data(), g.data(), d.data(), n);
      CHECK(d.values() == direction);
      check_sum(finish.product, exact_dot(direction, g));
      CHECK(finish.max == largest_magnitude(direction));
      CHECK(finish.finite);
      if constexpr (std::is_same_v<T, double>) {
        Guarded<double> in_place(wide);
        kernels.finish(scale, rows.rows.data(), factors.data(), rows_count, in_place.data(), g.data(), in_place.data(),
                       n);
        CHECK(in_place.values() == direction);
      }
    }
  });
}

TEST_CASE("for float vectors the coefficients of rows are rounded to 29 bits, which makes products exact") {
  const double coefficients[] = {1.0 / 3.0, 1.0 + 0x1p-28, 1.0 + 0x1p-30, 0x1.fffffffp+9, 0x1p-897, 1e300};
  const double expected[] = {0x1.5555555p-2, 1.0 + 0x1p-28, 1.0,
                             0x1.fffffffp+9, 0.0,           std::numeric_limits<double>::infinity()};
  for_each_set_and_size<PairKernels<float, float>>([&](const PairKernels<float, float>& kernels, Index n) {
    const std::vector<float> ones(count(n), 1.0F);
    const float* const row = ones.data();
    for (std::size_t i = 0; i < std::size(coefficients); ++i) {
      std::vector<double> sum(count(n));
      kernels.add_rows(1.0, &row, &coefficients[i], 1, sum.data(), n, nullptr);
      CHECK(sum == std::vector<double>(count(n), expected[i]));
      const std::vector<float> zero(count(n));
      kernels.combine(1.0, zero.data(), &row, &coefficients[i], 1, sum.data(), n, nullptr);
      CHECK(sum == std::vector<double>(count(n), expected[i]));
    }
    const double not_a_number = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> sum(count(n));
    kernels.add_rows(1.0, &row, &not_a_number, 1, sum.data(), n, nullptr);
    for (const double entry : sum) CHECK(std::isnan(entry));
  });
}

TEST_CASE_TEMPLATE("the product of a pair's y with itself is the same to the bit formed and stored", Y, FloatFloat,
                   DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  Random random(8);
  for_each_set_and_size<PairKernels<T, H>>([&](const PairKernels<T, H>& kernels, Index n) {
    const std::vector<T> d = random.vector<T>(count(n));
    const std::vector<T> g = random.vector<T>(count(n));
    const std::vector<T> before = random.vector<T>(count(n));
    std::vector<H> s(count(n));
    std::vector<H> y(count(n));
    const Curvature curvature = kernels.form(0.7, d.data(), g.data(), before.data(), s.data(), y.data(), n);
    const H* const rows[] = {s.data(), y.data()};
    double products[2] = {};
    kernels.stored_dots(rows, 2, y.data(), n, products);
    CHECK(products[0] == curvature.ys);
    CHECK(products[1] == curvature.yy);
  });
}

}  // namespace lbfgs::test
