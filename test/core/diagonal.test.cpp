// The diagonal matrix in place of H0, and the two loops with it, against plain implementations.
#include "core/vectors/cpu/diagonal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "exact_two_loop.hpp"
#include "histories.hpp"

namespace lbfgs::test {
namespace {

// Gilbert and Lemarechal's formula as diagonal.hpp states it.
struct PlainDiagonal {
  std::vector<long double> d;
  long double score = 0.0L;

  void learn(const Pair& pair) {
    const std::vector<double>& s = pair.s;
    const std::vector<double>& y = pair.y;
    const long double ys = long_dot(y, s);
    if (d.empty()) d.assign(s.size(), ys / long_dot(y, y));
    long double y_d_y = 0.0L;
    long double s_b_s = 0.0L;
    for (std::size_t i = 0; i < d.size(); ++i) {
      y_d_y += d[i] * y[i] * y[i];
      s_b_s += s[i] * s[i] / d[i];
    }
    score = score / 2.0L + std::log(long_dot(y, y) * long_dot(s, s) / (y_d_y * s_b_s));
    const long double scale = ys / y_d_y;
    for (std::size_t i = 0; i < d.size(); ++i) {
      d[i] *= scale;
      const long double step = s[i] / d[i];
      d[i] = 1.0L / (1.0L / d[i] + y[i] * y[i] / ys - step * step / (s_b_s / scale));
    }
  }
};

// A pair of a quadratic whose curvatures are log-spaced from 1 to 1/1000, but for some noise; as H holds it.
template <class H>
Pair spread_pair(Random& random, std::size_t n) {
  Pair pair{rounded_to<H>(random.vector(n)), random.vector(n), 0.0};
  for (std::size_t i = 0; i < n; ++i) {
    const double place = n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0.0;
    pair.y[i] = static_cast<H>(std::pow(1000.0, -place) * pair.s[i] * (1.0 + pair.y[i] / 10.0));
  }
  pair.rho = 1.0 / plain_dot(pair.y, pair.s);
  return pair;
}

Curvature curvature_of(const Pair& pair) { return {plain_dot(pair.y, pair.s), plain_dot(pair.y, pair.y)}; }

template <class H>
void propose(Diagonal<H>& diagonal, const Pair& pair) {
  const std::vector<H> s = as<H>(pair.s);
  const std::vector<H> y = as<H>(pair.y);
  diagonal.propose(s.data(), y.data(), curvature_of(pair), diagonal.products(s.data(), y.data()));
}

// Its entries.
template <class H>
std::vector<double> inverse_of(const Diagonal<H>& diagonal, std::size_t n) {
  return {diagonal.inverse(), diagonal.inverse() + n};
}

}  // namespace

TEST_CASE_TEMPLATE("a diagonal matrix learns by the formula and is better by the score", H, float, double) {
  Random random(41);
  int better = 0;
  int worse = 0;
  for (const std::size_t n : {1U, 2U, 5U, 7U, 8U, 9U, 15U, 16U, 37U, 1000U}) {
    Diagonal<H> diagonal(static_cast<Index>(n));
    PlainDiagonal plain;
    for (int pair = 0; pair < 30; ++pair) {
      CAPTURE(n);
      CAPTURE(pair);
      const Pair next = spread_pair<H>(random, n);
      plain.learn(next);
      propose(diagonal, next);
      diagonal.commit();
      const std::vector<double> inverse = inverse_of(diagonal, n);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(inverse[i] * static_cast<double>(plain.d[i]) == doctest::Approx(1.0).epsilon(1e-9));
      }
      if (std::abs(plain.score - 1.0L) > 1e-9L) CHECK(diagonal.is_better() == (plain.score > 1.0L));
      ++(diagonal.is_better() ? better : worse);
    }
  }
  CHECK(better > 50);
  CHECK(worse > 50);
}

TEST_CASE_TEMPLATE("a diagonal matrix begins as squares, and d is steepest descent in relative changes of x", T, float,
                   double) {
  const std::vector<T> x{T(-3.0), T(0.0), T(0.5), std::numeric_limits<T>::max()};
  const std::vector<T> g{T(2.0), T(-7.0), T(0.0), T(0.0)};
  std::vector<T> d(x.size());
  Diagonal<T> diagonal(static_cast<Index>(x.size()));
  const Summary found = diagonal.begin(x.data(), g.data(), d.data());
  CHECK(d == std::vector<T>{T(-18.0), T(7.0), T(0.0), T(0.0)});
  CHECK(found.product == -85.0);
  CHECK(found.max == 18.0);
  CHECK(found.finite);
  const double largest = std::numeric_limits<T>::max();
  const double most = std::min(largest * largest, most_diagonal);
  const std::vector<double> inverse{1.0 / 9.0, 1.0, 4.0, 1.0 / most};
  diagonal.commit();
  CHECK(inverse_of(diagonal, x.size()) == inverse);
  CHECK_FALSE(diagonal.is_better());
  CHECK(diagonal.current()[2] == 4.0);

  const std::vector<T> steep{std::numeric_limits<T>::max(), T(1.0), T(1.0), T(1.0)};
  CHECK_FALSE(diagonal.begin(x.data(), steep.data(), d.data()).finite);
  diagonal.roll_back();
  CHECK(inverse_of(diagonal, x.size()) == inverse);
}

TEST_CASE("a diagonal matrix that is rolled back is as it was, and one that is cleared begins anew") {
  constexpr std::size_t n = 20;
  Random random(42);
  Diagonal<double> diagonal(n);
  Diagonal<double> other(n);
  const auto same = [&] {
    CHECK(inverse_of(diagonal, n) == inverse_of(other, n));
    CHECK(diagonal.is_better() == other.is_better());
  };
  const auto learn = [&](Diagonal<double>& by, std::vector<Pair> pairs) {
    for (const Pair& pair : pairs) {
      propose(by, pair);
      by.commit();
    }
  };
  const std::vector<Pair> pairs{spread_pair<double>(random, n), spread_pair<double>(random, n),
                                spread_pair<double>(random, n), spread_pair<double>(random, n)};
  propose(diagonal, pairs[3]);
  diagonal.roll_back();
  for (std::size_t known = 0; known < 3; ++known) {
    learn(diagonal, {pairs[known]});
    learn(other, {pairs[known]});
    same();
    propose(diagonal, pairs[3]);
    CHECK(inverse_of(diagonal, n) != inverse_of(other, n));
    diagonal.roll_back();
    same();
    diagonal.commit();
    same();
    propose(diagonal, pairs[3]);
    diagonal.clear();
    diagonal.roll_back();
    same();
  }
  for (int pair = 0; pair < 10; ++pair) {
    const Pair next = spread_pair<double>(random, n);
    learn(diagonal, {next});
    learn(other, {next});
    same();
  }
  CHECK(diagonal.is_better());
  diagonal.clear();
  diagonal.commit();
  propose(diagonal, pairs[1]);
  CHECK_FALSE(diagonal.is_better());
  diagonal.roll_back();  // to where it was cleared
  learn(diagonal, {pairs[1], pairs[2]});
  Diagonal<double> fresh(n);
  learn(fresh, {pairs[1], pairs[2]});
  CHECK(inverse_of(diagonal, n) == inverse_of(fresh, n));
  CHECK(diagonal.is_better() == fresh.is_better());
}

TEST_CASE_TEMPLATE("a diagonal matrix stays positive and finite whatever the pairs are", H, float, double) {
  constexpr double denormal = std::numeric_limits<double>::denorm_min();
  const double sizes[] = {0.0, denormal, 1e-310, 1e-300, 1e-160, 1e-40, 1.0, 1e40, 1e160, 1e300};
  Random random(43);
  const auto any = [&](std::size_t n) {
    std::vector<double> values = random.vector(n);
    for (double& value : values) value *= sizes[static_cast<std::size_t>(4.999 * (1.0 + random.next()))];
    return values;
  };
  for (const std::size_t n : {1U, 5U, 20U}) {
    for (int solve = 0; solve < 200; ++solve) {
      Diagonal<H> diagonal(static_cast<Index>(n));
      for (int pair = 0; pair < 10; ++pair) {
        const Pair next{any(n), any(n), 0.0};
        propose(diagonal, next);
        diagonal.commit();
        for (const double entry : inverse_of(diagonal, n)) {
          REQUIRE(entry >= least_diagonal);
          REQUIRE(entry <= most_diagonal);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("the direction with a diagonal matrix is that of the two loops", K, TwoLoopFloat, TwoLoopDouble,
                   TwoLoopMixed, CompactDouble) {
  using H = typename K::H;
  Random random(44);
  int better = 0;
  for (const std::size_t n : {1U, 2U, 7U, 8U, 15U, 16U, 37U, 300U, 20000U}) {
    for (const std::size_t capacity : {1U, 2U, 5U, 10U, 20U}) {
      if (n > 1000 && capacity != 2) continue;
      HistoryOf<K> history(n, static_cast<Index>(capacity), 1, true);
      HistoryOf<K> loaded(n, static_cast<Index>(capacity), 1, true);
      const std::size_t without = HistoryOf<K>(n, static_cast<Index>(capacity), 1, false)->resident_bytes();
      if (n < 1000) CHECK(history->resident_bytes() == without + Storage<double>(2, static_cast<Index>(n)).bytes());
      PlainDiagonal plain;
      std::vector<Pair> pairs;
      for (int pushed = 0; pushed < 25; ++pushed) {
        CAPTURE(n);
        CAPTURE(capacity);
        CAPTURE(pushed);
        const Pair pair = spread_pair<H>(random, n);
        pairs.push_back(pair);
        if (pairs.size() > capacity) pairs.erase(pairs.begin());
        plain.learn(pair);
        history->push(history.form(pair, pair.y));
        if (pushed % 3 == 0) history->commit();  // else the direction is that of a proposal
        const bool with_diagonal = plain.score > 1.0L;
        better += with_diagonal;
        const double gamma = curvature_of(pair).scale();
        std::vector<double> h0(n, gamma);
        if (with_diagonal) h0 = as<double>(plain.d);
        const std::vector<double> g = rounded_to<typename K::T>(random.vector(n));
        const double scale = inverse_norm(pairs, h0, n) * std::sqrt(plain_dot(g, g));
        CHECK(distance(history.direction(gamma, g), exact_direction(pairs, h0, g)) <= K::tolerance * scale);
        CHECK(history.summary().finite);
        history->commit();
        loaded.append(pair);
        CHECK(distance(loaded.direction(gamma, g), exact_direction(pairs, h0, g)) <= K::tolerance * scale);
      }
    }
  }
  CHECK(better > 100);
}

TEST_CASE_TEMPLATE("a history that is cleared or rolled back takes its diagonal matrix along", K, TwoLoopFloat,
                   TwoLoopDouble, TwoLoopMixed) {
  using H = typename K::H;
  Random random(45);
  for (const std::size_t n : {2U, 12U, 40U}) {
    HistoryOf<K> history(n, 6, 1, true);
    const std::vector<double> g = rounded_to<typename K::T>(random.vector(n));
    for (int solve = 0; solve < 3; ++solve) {
      HistoryOf<K> fresh(n, 6, 1, true);
      for (int pushed = 0; pushed < 9; ++pushed) {
        CAPTURE(n);
        CAPTURE(solve);
        CAPTURE(pushed);
        history.propose(spread_pair<H>(random, n), g);
        history.direction(0.5, g);
        if (pushed % 2 == 0) history->clear();
        history->roll_back();
        const Pair pair = spread_pair<H>(random, n);
        CHECK(history.push(pair));
        CHECK(fresh.push(pair));
        CHECK(bits(history.direction(0.5, g)) == bits(fresh.direction(0.5, g)));
      }
      history->clear();
      history->commit();
    }
  }
}

}  // namespace lbfgs::test
