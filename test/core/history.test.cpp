// What every kind of history promises; history_compact.test.cpp compares the kinds with each other.
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/memory/memory.hpp"
#include "histories.hpp"

namespace lbfgs::test {

TEST_CASE_TEMPLATE("the direction is -H g of the dense BFGS inverse made of the newest pairs", K, TwoLoopFloat,
                   TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(7);
  for (const std::size_t n : {1U, 2U, 3U, 4U, 5U, 8U, 13U, 16U, 37U}) {
    for (const std::size_t capacity : {1U, 2U, 3U, 7U, 9U, 20U}) {
      HistoryOf<K> history(n, static_cast<Index>(capacity));
      std::vector<Pair> pairs;
      const auto check = [&](double h_diag, const std::vector<double>& g) {
        const std::size_t kept = std::min(pairs.size(), capacity);
        const Matrix h = bfgs_inverse({pairs.end() - static_cast<std::ptrdiff_t>(kept), pairs.end()}, h_diag, n);
        const std::vector<double> d = history.direction(h_diag, g);
        double largest = 0.0;
        for (const std::vector<double>& row : h) largest = std::max(largest, std::abs(plain_dot(row, g)));
        for (std::size_t i = 0; i < n; ++i) {
          CHECK(std::abs(d[i] + plain_dot(h[i], g)) <= K::tolerance * (1.0 + largest));
        }
        double max = 0.0;
        for (const double entry : d) max = std::max(max, std::abs(entry));
        CHECK(history.summary().max == max);
        CHECK(history.summary().finite);
        CHECK(history.summary().product == doctest::Approx(plain_dot(d, g)).epsilon(1e-5));
      };
      for (int pushed = 0; pushed < 12; ++pushed) {
        CAPTURE(n);
        CAPTURE(capacity);
        CAPTURE(pushed);
        check(0.5 + std::abs(random.next()), grid_vector(random, n));
        pairs.push_back(random_pair(random, n));
        const std::vector<double> g = grid_vector(random, n);
        CHECK(history.propose(pairs.back(), g));
        check(0.5 + std::abs(random.next()), g);
        history->commit();
      }
    }
  }
}

TEST_CASE_TEMPLATE("pairs that all lie along one line, each of which leaves of g what rounding leaves", K, TwoLoopFloat,
                   TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(11);
  for (const std::size_t n : {1U, 2U, 3U, 4U, 5U, 16U}) {
    HistoryOf<K> history(n, 40);
    const std::vector<double> line = random_pair(random, n).s;
    std::vector<Pair> pairs;
    for (int pushed = 0; pushed < 40; ++pushed) {
      Pair pair{line, line, 0.0};
      for (double& entry : pair.s) entry *= pushed % 2 == 0 ? 0.5 : 0.25;
      pair.rho = 1.0 / plain_dot(pair.s, pair.y);
      pairs.push_back(pair);
      const std::vector<double> g = grid_vector(random, n);
      CHECK(history.propose(pair, g));
      const Matrix h = bfgs_inverse(pairs, 0.5, n);
      const std::vector<double> d = history.direction(0.5, g);
      for (std::size_t i = 0; i < n; ++i) {
        CAPTURE(n);
        CAPTURE(pushed);
        CHECK(std::abs(d[i] + plain_dot(h[i], g)) <= K::tolerance * (1.0 + std::abs(plain_dot(h[i], g))));
      }
      history->commit();
    }
  }
}

TEST_CASE_TEMPLATE("a pair is s = t d and y = g - g_before, in the history once it is pushed and committed", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  using T = typename K::T;
  HistoryOf<K> history(3, 4);
  const std::vector<T> d{1, 2, -1};
  const std::vector<T> g{3, 5, 0};
  const std::vector<T> before{1, 1, 4};
  const Curvature curvature = history->form({0.5, d.data(), g.data(), before.data(), 3});
  CHECK(history->size() == 0);
  CHECK(curvature.ys == 0.5 * (2.0 + 8.0 + 4.0));
  CHECK(curvature.yy == 4.0 + 16.0 + 16.0);
  CHECK(curvature.scale() == 7.0 / 36.0);
  history->push(curvature);
  CHECK(history->size() == 0);
  history->commit();
  CHECK(history.pairs() == std::vector<Pair>{{{0.5, 1.0, -0.5}, {2.0, 4.0, -4.0}, 1.0 / 7.0}});
}

TEST_CASE_TEMPLATE("pairs come out oldest first and the oldest goes when the history is full, round and round", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(8);
  HistoryOf<K> history(4, 3);
  std::vector<Pair> pushed;
  for (int i = 0; i < 20; ++i) {
    pushed.push_back(random_pair(random, 4));
    CHECK(history.push(pushed.back()));
    const std::size_t size = std::min<std::size_t>(pushed.size(), 3);
    CHECK(history.pairs() == std::vector<Pair>(pushed.end() - static_cast<std::ptrdiff_t>(size), pushed.end()));
  }
}

TEST_CASE_TEMPLATE("coordinates that are not known yet are zero in the pair", K, TwoLoopFloat, TwoLoopDouble,
                   TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  using T = typename K::T;
  HistoryOf<K> history(3, 4);
  const std::vector<T> d{1, 2, 7};
  const std::vector<T> g{3, 5, 9};
  const std::vector<T> before{1, 1, 0};
  history->push(history->form({1.0, d.data(), g.data(), before.data(), 2}));
  history->commit();
  CHECK(history.pairs() == std::vector<Pair>{{{1.0, 2.0, 0.0}, {2.0, 4.0, 0.0}, 0.1}});
}

TEST_CASE_TEMPLATE(
    "a proposal is seen by the direction alone, and rolled back to the bit, the pair that it drove out too", K,
    TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(9);
  const std::vector<double> g = grid_vector(random, 6);
  for (const Index capacity : {1, 2, 5}) {
    HistoryOf<K> history(6, capacity);
    for (int i = 0; i < 14; ++i) {
      CAPTURE(capacity);
      CAPTURE(i);
      const std::vector<Pair> before = history.pairs();
      const auto direction_before = bits(history.direction(0.5, g));
      for (int attempt = 0; attempt < 3; ++attempt) {
        CHECK(history.propose(random_pair(random, 6), g));
        CHECK(history.pairs() == before);
        CHECK(bits(history.direction(0.5, g)) != direction_before);
        if (attempt == 2) history->clear();
        history->roll_back();
        CHECK(history.pairs() == before);
        CHECK(bits(history.direction(0.5, g)) == direction_before);
      }
      CHECK(history.push(random_pair(random, 6)));
    }
  }
}

TEST_CASE_TEMPLATE("a proposal that is not pushed leaves the history as it was, the oldest pair included", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(10);
  const std::vector<double> g = grid_vector(random, 5);
  for (const Index capacity : {1, 2, 3, 7}) {
    HistoryOf<K> history(5, capacity);
    for (int i = 0; i < 9; ++i) {
      CAPTURE(capacity);
      CAPTURE(i);
      history.push(random_pair(random, 5));
      const std::vector<Pair> before = history.pairs();
      const auto direction_before = bits(history.direction(0.5, g));
      Pair negative = random_pair(random, 5);
      for (double& entry : negative.y) entry = -entry;
      CHECK_FALSE(history.propose(negative, g));
      CHECK(bits(history.direction(0.5, g)) == direction_before);
      history->commit();
      CHECK(history.pairs() == before);
      CHECK(bits(history.direction(0.5, g)) == direction_before);
    }
  }
}

TEST_CASE_TEMPLATE("only a finite curvature above 1e-10 with a finite positive scale is kept", K, TwoLoopDouble,
                   CompactDouble) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto keeps = [](double ys, double yy) {
    HistoryOf<K> history(2, 2);
    const std::vector<double> one(2, 1.0);
    const std::vector<double> zero(2);
    history->form({1.0, one.data(), one.data(), zero.data(), 2});
    const bool kept = PairPolicy{}.takes({ys, yy}, 0.0);
    if (kept) history->push({ys, yy});
    history->commit();
    CHECK(history->size() == (kept ? 1 : 0));
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

TEST_CASE_TEMPLATE("a cleared history gives steepest descent and can be filled again", K, TwoLoopFloat, TwoLoopDouble,
                   TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  Random random(12);
  HistoryOf<K> history(3, 2);
  HistoryOf<K> fresh(3, 2);
  for (int i = 0; i < 3; ++i) history.push(random_pair(random, 3));
  history->clear();
  CHECK(history->size() == 2);
  const std::vector<double> g{1.0, -2.0, 4.0};
  CHECK(history.direction(0.5, g) == std::vector<double>{-0.5, 1.0, -2.0});
  history->commit();
  CHECK(history->size() == 0);
  CHECK(history.direction(0.5, g) == std::vector<double>{-0.5, 1.0, -2.0});
  for (int i = 0; i < 5; ++i) {
    const Pair pair = random_pair(random, 3);
    CHECK(history.propose(pair, g));
    CHECK(fresh.propose(pair, g));
    CHECK(bits(history.direction(0.5, g)) == bits(fresh.direction(0.5, g)));
    history->commit();
    fresh->commit();
    CHECK(history.pairs() == fresh.pairs());
  }
}

TEST_CASE_TEMPLATE("an appended pair keeps the rho it came with where nothing of it is lost", K, TwoLoopFloat,
                   TwoLoopDouble, CompactFloat, CompactDouble) {
  HistoryOf<K> history(16, 10);
  const Pair pair{std::vector<double>(16, 1.0), std::vector<double>(16, 2.0), 0.25};
  history.append(pair);
  CHECK(history.pairs() == std::vector<Pair>{pair});
}

TEST_CASE_TEMPLATE("resident memory counts the rows written", K, TwoLoopFloat, TwoLoopDouble, TwoLoopMixed,
                   CompactFloat, CompactDouble, CompactMixed) {
  constexpr std::size_t pair_bytes = 2 * 16 * sizeof(typename K::H);
  HistoryOf<K> history(16, 1000);
  CHECK(history->capacity() == 1000);
  CHECK(history->stored() == dtype_of<typename K::H>);
  // In double for float vectors; the compact form has a chunk of it, and of the next pair, from the first pass on.
  const std::size_t sum = std::is_same_v<typename K::T, float> ? 16 * sizeof(double) : 0;
  const bool compact = K::recursion == Recursion::compact;
  CHECK(history->resident_bytes() == (compact ? 0 : sum));
  history.append({std::vector<double>(16, 1.0), std::vector<double>(16, 2.0), 0.25});
  CHECK(history->resident_bytes() == pair_bytes + sum + (compact ? pair_bytes : 0));
}

TEST_CASE_TEMPLATE("a pair that comes from outside has the rho of what is stored of it, or is left out", K,
                   TwoLoopMixed, CompactMixed) {
  constexpr double tiny = 1e-60;  // 0 in float
  const std::vector<double> g{1.0, 2.0};
  for (const Index capacity : {1, 2, 3}) {
    HistoryOf<K> history(2, capacity);
    for (int appended = 0; appended < 5; ++appended) {
      CAPTURE(capacity);
      CAPTURE(appended);
      const Pair pair{{0.1, 0.2}, {0.3, 0.4 + appended}, 123.0};
      const Pair stored{rounded_to<float>(pair.s), rounded_to<float>(pair.y),
                        1.0 / plain_dot(rounded_to<float>(pair.s), rounded_to<float>(pair.y))};
      history.append(pair);
      CHECK(history.pairs().back() == stored);
      const std::vector<Pair> before = history.pairs();
      const auto direction_before = bits(history.direction(0.5, g));
      for (const Pair& lost : {Pair{{tiny, tiny}, {1.0, 1.0}, 0.5 / tiny}, Pair{{1e200, 1.0}, {1.0, 1.0}, 1e-200},
                               Pair{{1e200, 1.0}, {tiny, 1.0}, 0.5}}) {
        history.append(lost);
        CHECK(history.pairs() == before);
        CHECK(bits(history.direction(0.5, g)) == direction_before);
      }
    }
  }
}

TEST_CASE("a history too large for memory is refused with the bytes it would take") {
  const auto create = [](Index n, Index capacity) {
    Chunks chunks(1);
    return History<double>::create(capacity, Dtype::float64, Recursion::two_loop, n, chunks);
  };
  try {
    create(Index{1} << 40, Index{1} << 40);
    FAIL("that much memory is not there");
  } catch (const OutOfMemory& error) {
    CHECK(error.bytes() == 2.0 * (0x1p40 + 1.0) * (0x1p40 + 8.0) * sizeof(double));
  }
}

}  // namespace lbfgs::test
