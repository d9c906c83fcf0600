#include "core/recursion/gram.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "exact_two_loop.hpp"

namespace lbfgs::test {
namespace {

double narrow(long double value) { return static_cast<double>(value); }

// A Gram and the pairs that it knows, each at a place of its own.
class Ring {
public:
  explicit Ring(std::size_t capacity) : places_(capacity + 1), gram_(static_cast<Index>(places_)), pairs_(places_) {}

  void put(const Pair& pair) {
    if (by_age_.size() + 1 == places_) by_age_.erase(by_age_.begin());
    const auto place = static_cast<Index>(next_++ % places_);
    // What is not asked for is poison.
    std::vector<PairProducts> products(places_, {nan, nan, nan, nan});
    for (const Index older : by_age_) {
      products[at(older)].s_y = narrow(long_dot(pairs_[at(older)].s, pair.y));
      products[at(older)].y_y = narrow(long_dot(pairs_[at(older)].y, pair.y));
    }
    products[at(place)].y_y = narrow(long_dot(pair.y, pair.y));
    gram_.put(place, products.data(), by_age_);
    by_age_.push_back(place);
    pairs_[at(place)] = pair;
  }

  // What a proposal that is dropped leaves behind: the newest pair goes, its place is free again.
  void drop_newest() {
    by_age_.pop_back();
    --next_;
  }

  // -H g, in long double but for the factors.
  std::vector<long double> direction(double gamma, const std::vector<double>& g) {
    std::vector<double> rho(places_, nan);
    std::vector<PairProducts> products(places_, {nan, nan, nan, nan});
    std::vector<double> factors(2 * by_age_.size() + 1, unset);
    for (const Index place : by_age_) {
      rho[at(place)] = pairs_[at(place)].rho;
      products[at(place)].s_g = narrow(long_dot(pairs_[at(place)].s, g));
      products[at(place)].y_g = narrow(long_dot(pairs_[at(place)].y, g));
    }
    gram_.solve(by_age_, rho.data(), gamma, products.data(), factors.data());
    CHECK(factors.back() == unset);
    std::vector<long double> d(g.size());
    for (std::size_t i = 0; i < g.size(); ++i) d[i] = -static_cast<long double>(gamma) * g[i];
    const std::size_t size = by_age_.size();
    for (std::size_t age = 0; age < size; ++age) {
      const Pair& pair = pairs_[at(by_age_[age])];
      for (std::size_t i = 0; i < g.size(); ++i) {
        d[i] += static_cast<long double>(factors[size + age]) * pair.s[i] +
                static_cast<long double>(factors[size - 1 - age]) * pair.y[i];
      }
    }
    return d;
  }

  std::vector<Pair> pairs() const {
    std::vector<Pair> all;
    for (const Index place : by_age_) all.push_back(pairs_[at(place)]);
    return all;
  }

private:
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  static constexpr double unset = -12345.0;
  static std::size_t at(Index place) { return static_cast<std::size_t>(place); }

  std::size_t places_;
  Gram gram_;
  std::vector<Pair> pairs_;
  std::vector<Index> by_age_;
  std::size_t next_ = 0;
};

void check_direction(Ring& ring, double gamma, const std::vector<double>& g) {
  const std::vector<Pair> pairs = ring.pairs();
  const double scale = inverse_norm(pairs, gamma, g.size()) * std::sqrt(plain_dot(g, g));
  const std::vector<long double> exact = exact_direction(pairs, gamma, g);
  const std::vector<long double> ours = ring.direction(gamma, g);
  CHECK(distance(ours, exact) <= 1e-11 * scale);
}

}  // namespace

TEST_CASE("without pairs there is nothing to solve") {
  Ring ring(3);
  CHECK(ring.direction(0.5, {1.0, -2.0}) == std::vector<long double>{-0.5L, 1.0L});
}

TEST_CASE("the recursion in numbers gives the direction of the recursion in vectors, round and round the places") {
  Random random(31);
  for (const std::size_t capacity : {1U, 2U, 3U, 10U, 40U}) {
    for (const std::size_t n : {2U, 7U, 50U}) {
      Ring ring(capacity);
      for (std::size_t pushed = 0; pushed < 2 * capacity + 3; ++pushed) {
        CAPTURE(capacity);
        CAPTURE(n);
        CAPTURE(pushed);
        ring.put(random_pair(random, n));
        check_direction(ring, 0.5 + std::abs(random.next()), random.vector(n));
      }
    }
  }
}

TEST_CASE("a pair that is dropped again leaves nothing behind for the one that takes its place") {
  Random random(32);
  Ring ring(3);
  Ring straight(3);
  for (int pushed = 0; pushed < 12; ++pushed) {
    if (ring.pairs().size() < 3) {
      ring.put(random_pair(random, 9));
      ring.drop_newest();
    }
    const Pair pair = random_pair(random, 9);
    ring.put(pair);
    straight.put(pair);
    const std::vector<double> g = random.vector(9);
    CHECK(ring.direction(0.7, g) == straight.direction(0.7, g));
    check_direction(ring, 0.7, g);
  }
}

}  // namespace lbfgs::test
