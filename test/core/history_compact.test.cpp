// Every form of the direction, in every precision, beside the reference in long double (recursion/two_loop.hpp):
// however many pairs there are, and however bad.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "exact_two_loop.hpp"
#include "histories.hpp"

namespace lbfgs::test {
namespace {

using MakePair = std::function<Pair(Random&, std::size_t n, int number)>;

// On a quadratic function whose curvatures run from 1 to `condition`; steps of any length.
MakePair on_quadratic(double condition, std::function<double(int)> length) {
  return [=](Random& random, std::size_t n, int number) {
    Pair pair{random.vector(n), std::vector<double>(n), 0.0};
    for (std::size_t i = 0; i < n; ++i) {
      pair.s[i] *= length(number);
      const double along = static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(n - 1, 1));
      pair.y[i] = pair.s[i] * std::pow(condition, along);
    }
    return pair;
  };
}

// s and y with a cosine of 0.1 between them: no function of one Hessian has such pairs, and |H| grows without bound.
Pair contradictory(Random& random, std::size_t n, int) {
  Pair pair{random.vector(n), random.vector(n), 0.0};
  const double wanted = 0.1 * std::sqrt(plain_dot(pair.s, pair.s) * plain_dot(pair.y, pair.y));
  const double more = (wanted - plain_dot(pair.s, pair.y)) / plain_dot(pair.s, pair.s);
  for (std::size_t i = 0; i < n; ++i) pair.y[i] += more * pair.s[i];
  return pair;
}

// |d - exact| is at most `tolerance` |H| |g|, at a few fillings of the history.
template <class K>
void compare(const MakePair& make, std::size_t n, std::size_t capacity, double tolerance) {
  using H = typename K::H;
  using T = typename K::T;
  Random random(41);
  HistoryOf<K> history(n, static_cast<Index>(capacity));
  std::vector<Pair> pairs;
  const int pushes = static_cast<int>(capacity) + 4;
  for (int number = 0; number < pushes; ++number) {
    Pair pair = make(random, n, number);
    pair.s = rounded_to<H>(pair.s);
    pair.y = rounded_to<H>(pair.y);
    pair.rho = 1.0 / static_cast<double>(long_dot(pair.s, pair.y));
    history.append(pair);
    pairs.push_back(pair);
    if (pairs.size() > capacity) pairs.erase(pairs.begin());
    const std::vector<double> g = rounded_to<T>(random.vector(n));
    if (number > 3 && number < pushes - 3 && number % 25 != 0) continue;
    CAPTURE(n);
    CAPTURE(capacity);
    CAPTURE(number);
    const double gamma = static_cast<double>(static_cast<T>(plain_dot(pair.s, pair.y) / plain_dot(pair.y, pair.y)));
    const double scale = inverse_norm(pairs, gamma, n) * std::sqrt(plain_dot(g, g));
    const double away = distance(history.direction(gamma, g), exact_direction(pairs, gamma, g));
    CHECK(away <= tolerance * scale);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("a direction is exact to rounding, up to a hundred pairs in two dimensions and in two hundred", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  const double tolerance = sizeof(typename K::T) == sizeof(float) ? 1e-6 : 1e-14;
  const MakePair random_pairs = [](Random& random, std::size_t n, int) { return random_pair(random, n); };
  const MakePair makes[] = {
      random_pairs, on_quadratic(1e4, [](int) { return 1.0; }),
      on_quadratic(1e8, [](int number) { return std::pow(0.1, number % 7); }),
      on_quadratic(1e3, [](int number) { return std::pow(0.8, number); }),  // as on the way to a minimum
  };
  for (const MakePair& make : makes) {
    for (const std::size_t n : {2U, 5U, 17U, 64U, 200U}) {
      for (const std::size_t capacity : {1U, 5U, 30U, 100U}) compare<K>(make, n, capacity, tolerance);
    }
  }
}

TEST_CASE_TEMPLATE("a direction is exact to rounding where pairs contradict each other", K, TwoLoopDouble,
                   CompactDouble, TwoLoopMixed, CompactMixed) {
  for (const std::size_t n : {2U, 17U, 200U}) {
    for (const std::size_t capacity : {1U, 5U, 30U, 100U}) compare<K>(contradictory, n, capacity, 1e-12);
  }
}

TEST_CASE_TEMPLATE("a direction over several chunks is exact to rounding", K, TwoLoopFloat, TwoLoopDouble, TwoLoopMixed,
                   CompactFloat, CompactDouble, CompactMixed) {
  const double tolerance = sizeof(typename K::T) == sizeof(float) ? 1e-6 : 1e-14;
  for (const Index n : {chunk_size - 1, chunk_size, chunk_size + 1, 3 * chunk_size + 77}) {
    for (const std::size_t capacity : {1U, 4U}) {
      compare<K>(on_quadratic(1e4, [](int) { return 1.0; }), static_cast<std::size_t>(n), capacity, tolerance);
    }
  }
}

TEST_CASE("the reference is -H g of the dense BFGS inverse") {
  Random random(43);
  for (const std::size_t n : {1U, 2U, 5U, 16U}) {
    std::vector<Pair> pairs;
    for (int pushed = 0; pushed < 8; ++pushed) {
      const double gamma = 0.5 + std::abs(random.next());
      const std::vector<double> g = random.vector(n);
      const Matrix h = bfgs_inverse(pairs, gamma, n);
      const std::vector<long double> d = exact_direction(pairs, gamma, g);
      const double scale = inverse_norm(pairs, gamma, n) * std::sqrt(plain_dot(g, g));
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(std::abs(static_cast<double>(d[i]) + plain_dot(h[i], g)) <= 1e-13 * (1.0 + scale));
      }
      pairs.push_back(random_pair(random, n));
    }
  }
}

// Vectors shorter than blocks_from take the pairs one by one, longer ones in blocks of up to five or up to eight pairs.
TEST_CASE_TEMPLATE("every form of the direction is the reference's, with pairs formed, dropped and loaded at random", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  const double tolerance = sizeof(typename K::T) == sizeof(float) ? 1e-6 : 1e-14;
  Random random(44);
  for (const std::size_t n : {1U, 7U, 8U, 15U, 16U, 40U, 333U}) {
    for (const Index capacity : {1, 4, 5, 6, 8, 9, 17}) {
      HistoryOf<K> history(n, capacity);
      std::vector<Pair> pairs;
      for (int move = 0; move < 3 * static_cast<int>(capacity) + 5; ++move) {
        CAPTURE(n);
        CAPTURE(capacity);
        CAPTURE(move);
        const std::vector<double> g = grid_vector(random, n);
        const Pair pair = random_pair(random, n);
        const double choice = random.next();
        std::vector<Pair> proposed = pairs;
        if (choice < -0.9) {
          history->clear();
          proposed.clear();
        } else if (choice < -0.7) {
          history.append(pair);
          proposed = pairs = history.pairs();
        } else if (history.propose(pair, g)) {
          proposed.push_back(pair);
          if (proposed.size() > static_cast<std::size_t>(capacity)) proposed.erase(proposed.begin());
        }
        const double gamma = 1.0;
        const double scale = inverse_norm(proposed, gamma, n) * std::sqrt(plain_dot(g, g));
        CHECK(distance(history.direction(gamma, g), exact_direction(proposed, gamma, g)) <= tolerance * scale);
        if (choice > 0.5) {
          history->roll_back();
        } else {
          history->commit();
          pairs = proposed;
        }
      }
    }
  }
}

TEST_CASE("vectors of several chunks have the compact form, unless their pairs are many") {
  CHECK(recursion_for(1, 1) == Recursion::two_loop);
  CHECK(recursion_for(chunk_size, 1) == Recursion::two_loop);
  CHECK(recursion_for(chunk_size + 1, 1) == Recursion::compact);
  CHECK(recursion_for(chunk_size + 16, chunk_size / 16 + 1) == Recursion::compact);
  CHECK(recursion_for(chunk_size + 16, chunk_size / 16 + 2) == Recursion::two_loop);
}

TEST_CASE_TEMPLATE("a direction that overflows is told", K, TwoLoopFloat, TwoLoopDouble, CompactFloat, CompactDouble) {
  using T = typename K::T;
  const double huge = std::numeric_limits<T>::max();
  for (const std::size_t n : {3U, 100U}) {
    HistoryOf<K> history(n, 2);
    history.append({std::vector<double>(n, 1.0), std::vector<double>(n, 2.0), 0.5 / static_cast<double>(n)});
    std::vector<double> g(n, 1.0);
    CHECK(history.direction(1.0, g).size() == n);
    CHECK(history.summary().finite);
    g[n / 2] = huge;
    history.direction(huge, g);
    CHECK_FALSE(history.summary().finite);
  }
}

TEST_CASE_TEMPLATE("a direction whose products overflow is told", K, TwoLoopDouble, TwoLoopMixed, CompactDouble,
                   CompactMixed) {
  for (const std::size_t n : {3U, 100U}) {
    for (const std::size_t count : {1U, 2U, 12U}) {
      CAPTURE(n);
      CAPTURE(count);
      HistoryOf<K> history(n, 12);
      for (std::size_t k = 0; k < count; ++k)
        history.append({std::vector<double>(n, 1.0), std::vector<double>(n, 2.0), 0.5 / static_cast<double>(n)});
      const std::vector<double> g(n, std::numeric_limits<double>::max());
      history.direction(1.0, g);
      CHECK_FALSE(history.summary().finite);
    }
  }
}

}  // namespace lbfgs::test
