#include "core/history.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dense_bfgs.hpp"
#include "random.hpp"

namespace lbfgs::test {
namespace {

template <class T>
Pair at(const History<T>& history, Index age, std::size_t n) {
  const T* const s = history.s(age);
  const T* const y = history.y(age);
  return {{s, s + n}, {y, y + n}, history.rho(age)};
}

std::vector<Pair> all(const History<double>& history, std::size_t n) {
  std::vector<Pair> pairs;
  for (Index age = 0; age < history.size(); ++age) pairs.push_back(at(history, age, n));
  return pairs;
}

// Proposes the pair s = d, y = g; returns whether it is taken.
template <class T>
bool propose(History<T>& history, const std::vector<T>& s, const std::vector<T>& y) {
  const std::vector<T> zero(s.size());
  return history.push(history.form(1.0, s.data(), y.data(), zero.data(), static_cast<Index>(s.size())));
}
bool propose(History<double>& history, const Pair& pair) { return propose(history, pair.s, pair.y); }

// Proposes and commits.
bool push(History<double>& history, const Pair& pair) {
  const bool taken = propose(history, pair);
  history.commit();
  return taken;
}

}  // namespace

TEST_CASE_TEMPLATE("the direction is -H g of the dense BFGS inverse made of the newest pairs", T, float, double) {
  Random random(7);
  const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : 1e-12;
  for (const std::size_t n : {1U, 2U, 3U, 5U, 8U}) {
    for (const Index capacity : {1, 2, 3, 7, 20}) {
      History<T> history(static_cast<Index>(n), capacity);
      std::vector<Pair> pairs;
      for (int pushed = 0; pushed < 12; ++pushed) {
        CAPTURE(n);
        CAPTURE(capacity);
        CAPTURE(pushed);
        const double h_diag = 0.5 + std::abs(random.next());
        const std::vector<double> g = random.vector(n);
        Matrix h(n, std::vector<double>(n));
        for (std::size_t i = 0; i < n; ++i) h[i][i] = h_diag;
        const std::size_t kept = std::min(pairs.size(), static_cast<std::size_t>(capacity));
        for (std::size_t i = pairs.size() - kept; i < pairs.size(); ++i) h = bfgs_update(h, pairs[i]);

        const std::vector<T> g_in(g.begin(), g.end());
        std::vector<T> d(n);
        history.direction(h_diag, g_in.data(), d.data());
        double largest = 0.0;
        for (const std::vector<double>& row : h) largest = std::max(largest, std::abs(plain_dot(row, g)));
        for (std::size_t i = 0; i < n; ++i) {
          CHECK(std::abs(static_cast<double>(d[i]) + plain_dot(h[i], g)) <= tolerance * (1.0 + largest));
        }

        const Pair pair = random_pair(random, n);
        const std::vector<T> s(pair.s.begin(), pair.s.end());
        const std::vector<T> y(pair.y.begin(), pair.y.end());
        CHECK(propose(history, s, y));
        history.commit();
        pairs.push_back(pair);
      }
    }
  }
}

TEST_CASE("a pair is s = t d and y = g - g_before, kept with rho = 1 / (y . s)") {
  History<double> history(3, 4);
  const std::vector<double> d{1.0, 2.0, -1.0};
  const std::vector<double> g{3.0, 5.0, 0.0};
  const std::vector<double> before{1.0, 1.0, 4.0};
  const Curvature curvature = history.form(0.5, d.data(), g.data(), before.data(), 3);
  CHECK(history.size() == 0);
  CHECK(curvature.ys == 0.5 * (2.0 + 8.0 + 4.0));
  CHECK(curvature.yy == 4.0 + 16.0 + 16.0);
  CHECK(curvature.scale() == 7.0 / 36.0);
  CHECK(history.push(curvature));
  CHECK(history.size() == 0);
  history.commit();
  CHECK(at(history, 0, 3) == Pair{{0.5, 1.0, -0.5}, {2.0, 4.0, -4.0}, 1.0 / 7.0});
}

TEST_CASE("pairs come out oldest first and the oldest goes when the history is full, round and round") {
  Random random(8);
  History<double> history(4, 3);
  std::vector<Pair> pushed;
  for (int i = 0; i < 20; ++i) {
    pushed.push_back(random_pair(random, 4));
    CHECK(push(history, pushed.back()));
    const std::size_t size = std::min<std::size_t>(pushed.size(), 3);
    REQUIRE(history.size() == static_cast<Index>(size));
    for (std::size_t age = 0; age < size; ++age) {
      const Pair& expected = pushed[pushed.size() - size + age];
      const Pair kept = at(history, static_cast<Index>(age), 4);
      CHECK(kept.s == expected.s);
      CHECK(kept.y == expected.y);
      CHECK(kept.rho == doctest::Approx(expected.rho).epsilon(1e-14));
    }
  }
}

TEST_CASE("coordinates that are not known yet are zero in the pair") {
  History<double> history(3, 4);
  const std::vector<double> d{1.0, 2.0, 7.0};
  const std::vector<double> g{3.0, 5.0, 9.0};
  const std::vector<double> before{1.0, 1.0, 0.0};
  CHECK(history.push(history.form(1.0, d.data(), g.data(), before.data(), 2)));
  history.commit();
  CHECK(at(history, 0, 3) == Pair{{1.0, 2.0, 0.0}, {2.0, 4.0, 0.0}, 0.1});
}

TEST_CASE("a proposal is seen by the direction alone, and rolled back to the bit, the pair that it drove out too") {
  Random random(9);
  const std::vector<double> g = random.vector<double>(6);
  const auto direction = [&g](History<double>& history) {
    std::vector<double> d(6);
    history.direction(0.5, g.data(), d.data());
    return d;
  };
  for (const Index capacity : {1, 2, 5}) {
    History<double> history(6, capacity);
    for (int i = 0; i < 14; ++i) {
      CAPTURE(capacity);
      CAPTURE(i);
      const std::vector<Pair> before = all(history, 6);
      const std::vector<double> direction_before = direction(history);
      for (int attempt = 0; attempt < 3; ++attempt) {
        CHECK(propose(history, random_pair(random, 6)));
        CHECK(all(history, 6) == before);
        CHECK(direction(history) != direction_before);
        if (attempt == 2) history.clear();
        history.roll_back();
        CHECK(all(history, 6) == before);
        CHECK(direction(history) == direction_before);
      }
      CHECK(push(history, random_pair(random, 6)));
    }
  }
}

TEST_CASE("a proposal that is not pushed leaves the history as it was") {
  Random random(10);
  History<double> history(5, 2);
  for (int i = 0; i < 3; ++i) push(history, random_pair(random, 5));
  const std::vector<Pair> before = all(history, 5);
  Pair negative = random_pair(random, 5);
  for (double& entry : negative.y) entry = -entry;
  CHECK_FALSE(push(history, negative));
  CHECK(all(history, 5) == before);
}

TEST_CASE("only a finite curvature above 1e-10 with a finite positive scale is kept") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto keeps = [](double ys, double yy) {
    History<double> history(2, 2);
    const std::vector<double> one(2, 1.0);
    const std::vector<double> zero(2);
    history.form(1.0, one.data(), one.data(), zero.data(), 2);
    const bool kept = history.push({ys, yy});
    history.commit();
    CHECK(history.size() == (kept ? 1 : 0));
    return kept;
  };
  CHECK_FALSE(keeps(1e-10, 1.0));
  CHECK(keeps(std::nextafter(1e-10, 1.0), 1.0));
  CHECK_FALSE(keeps(0.0, 1.0));
  CHECK_FALSE(keeps(-1.0, 1.0));
  CHECK_FALSE(keeps(nan, 1.0));
  CHECK_FALSE(keeps(infinity, 1.0));
  CHECK_FALSE(keeps(infinity, infinity));
  CHECK_FALSE(keeps(1.0, nan));
  CHECK_FALSE(keeps(1.0, infinity));
  CHECK_FALSE(keeps(1.0, 0.0));
  CHECK(keeps(1e300, 1e300));
}

TEST_CASE("a cleared history gives steepest descent and can be filled again") {
  Random random(12);
  History<double> history(3, 2);
  for (int i = 0; i < 3; ++i) push(history, random_pair(random, 3));
  history.clear();
  CHECK(history.size() == 2);
  history.commit();
  CHECK(history.size() == 0);
  const std::vector<double> g{1.0, -2.0, 4.0};
  std::vector<double> d(3);
  history.direction(0.5, g.data(), d.data());
  CHECK(d == std::vector<double>{-0.5, 1.0, -2.0});
  const Pair pair = random_pair(random, 3);
  CHECK(push(history, pair));
  CHECK(at(history, 0, 3).s == pair.s);
}

TEST_CASE("an appended pair keeps the rho it came with, and resident memory counts the rows written") {
  History<double> history(8, 1000);
  CHECK(history.resident_bytes() == 0);
  const std::vector<double> s(8, 1.0);
  const std::vector<double> y(8, 2.0);
  history.append(s.data(), y.data(), 0.25);
  CHECK(at(history, 0, 8) == Pair{s, y, 0.25});
  CHECK(history.resident_bytes() == 2 * 8 * sizeof(double));
}

TEST_CASE("a history too large for memory is refused with the bytes it would take") {
  CHECK_THROWS_AS(History<double>(Index{1} << 40, Index{1} << 40), OutOfMemory);
  try {
    const History<double> history(Index{1} << 40, (Index{1} << 40) - 1);
    FAIL("that much memory is not there");
  } catch (const OutOfMemory& error) {
    CHECK(error.bytes() == 0x1p83);
  }
}

}  // namespace lbfgs::test
