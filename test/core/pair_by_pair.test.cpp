// The two-loop recursion of short vectors, in every compilation of the kernels, whichever row the oldest pair has.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "exact_two_loop.hpp"
#include "kernel_tables.hpp"
#include "record.hpp"

namespace lbfgs::test {
namespace {

// Pairs in rows that go round, rows of n entries with one more between them.
template <class H>
class Ring {
public:
  // y is nearly a multiple of s.
  Ring(Random& random, Index n, Index rows, Index oldest, Index pairs)
      : n_(count(n)), stride_(n + 1), rows_(rows), oldest_(oldest), pairs_(pairs), rho_(count(rows)), links_(rho_) {
    s_ = random.vector<H>(count(rows * stride_));
    y_ = random.vector<H>(s_.size());
    for (std::size_t i = 0; i < s_.size(); ++i) y_[i] = static_cast<H>(2 * s_[i] + y_[i] / 2);
    for (Index age = 0; age < pairs; ++age) {
      const std::size_t row = row_of(age);
      rho_[row] = 1.0 / plain_dot(pair(age).s, pair(age).y);
      if (age > 0) links_[row] = plain_dot(pair(age - 1).s, pair(age).y);
    }
  }

  Pair pair(Index age) const {
    const auto at = static_cast<Index>(row_of(age)) * stride_;
    const auto end = at + static_cast<Index>(n_);
    return {{s_.begin() + at, s_.begin() + end}, {y_.begin() + at, y_.begin() + end}, rho_[row_of(age)]};
  }
  std::vector<Pair> pairs() const {
    std::vector<Pair> all;
    for (Index age = 0; age < pairs_; ++age) all.push_back(pair(age));
    return all;
  }
  void set_rho(Index age, double rho) { rho_[row_of(age)] = rho; }
  // Then sums of what is infinite are infinite rather than NaN.
  void make_positive() {
    for (H& entry : s_) entry = std::abs(entry);
    for (H& entry : y_) entry = std::abs(entry);
  }
  void set_s(Index age, H entry) { s_[row_of(age) * count(stride_)] = entry; }

  // With the diagonal matrix of this inverse in place of h_diag I unless it is null.
  template <class T>
  Summary direction(const PairKernels<T, H>& kernels, double h_diag, const std::vector<T>& g, T* d,
                    const double* inverse_diagonal = nullptr) {
    std::vector<double> alphas(rho_.size());
    const PairRing<H> ring{
        s_.data(),   y_.data(),     stride_,       rows_,           oldest_, static_cast<Index>(row_of(pairs_ - 1)),
        rho_.data(), links_.data(), alphas.data(), inverse_diagonal};
    return kernels.pair_by_pair(ring, h_diag, g.data(), d, static_cast<Index>(n_));
  }

private:
  std::size_t row_of(Index age) const { return count((oldest_ + age) % rows_); }

  std::size_t n_;
  Index stride_;
  Index rows_;
  Index oldest_;
  Index pairs_;
  std::vector<H> s_;
  std::vector<H> y_;
  std::vector<double> rho_;
  std::vector<double> links_;
};

// Calls work(set, n, ring) for every compilation that takes the length.
template <class H, class Work>
void for_each_ring(Work&& work) {
  constexpr Index rows = 6;
  for (const InstructionSet& set : compilations()) {
    const Index end = set.kernels == &scalar::kernels ? lanes_from : blocks_from;
    for (Index n = 1; n < end; ++n) {
      for (Index pairs = 1; pairs <= rows; ++pairs) {
        for (const Index oldest : {Index{0}, Index{1}, rows - 1}) {
          Random random(static_cast<std::uint64_t>(1000 * n + 10 * pairs + oldest));
          CAPTURE(set.name);
          CAPTURE(n);
          CAPTURE(pairs);
          CAPTURE(oldest);
          Ring<H> ring(random, n, rows, oldest, pairs);
          work(set, n, ring, random);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("pair by pair, a direction is that of the two loops", Y, FloatFloat, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  for_each_ring<H>([](const InstructionSet& set, Index n, Ring<H>& ring, Random& random) {
    const std::vector<T> g = random.vector<T>(count(n));
    const double gamma = 1.5 + random.next();
    Guarded<T> d(n);
    const Summary summary = ring.direction(std::get<PairKernels<T, H>>(*set.kernels), gamma, g, d.data());
    const std::vector<double> wide(g.begin(), g.end());
    const double scale = inverse_norm(ring.pairs(), gamma, g.size()) * std::sqrt(plain_dot(wide, wide));
    const double tolerance = 100.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
    CHECK(distance(d.values(), exact_direction(ring.pairs(), gamma, wide)) <= tolerance * scale);
    check_sum(summary.product, exact_dot(d.values(), g));
    CHECK(summary.max == largest_magnitude(d.values()));
    CHECK(summary.finite);
  });
}

TEST_CASE_TEMPLATE("pair by pair, a diagonal matrix takes the place of H0 = gamma I", Y, FloatFloat, DoubleFloat,
                   DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  for_each_ring<H>([](const InstructionSet& set, Index n, Ring<H>& ring, Random& random) {
    const std::vector<T> g = random.vector<T>(count(n));
    std::vector<double> inverse;
    std::vector<double> h0;
    for (Index i = 0; i < n; ++i) {
      inverse.push_back(std::exp(3.0 * random.next()));
      h0.push_back(1.0 / inverse.back());
    }
    Guarded<T> d(n);
    const auto& kernels = std::get<PairKernels<T, H>>(*set.kernels);
    const Summary summary = ring.direction(kernels, 1e300, g, d.data(), inverse.data());
    const std::vector<double> wide(g.begin(), g.end());
    const double scale = inverse_norm(ring.pairs(), h0, g.size()) * std::sqrt(plain_dot(wide, wide));
    const double tolerance = 100.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
    CHECK(distance(d.values(), exact_direction(ring.pairs(), h0, wide)) <= tolerance * scale);
    check_sum(summary.product, exact_dot(d.values(), g));
    CHECK(summary.finite);
    Record record;
    record.add(d.values());
    const InstructionSet first = instruction_sets().front();
    if (set.kernels == &scalar::kernels) return;
    ring.direction(std::get<PairKernels<T, H>>(*first.kernels), 1e300, g, d.data(), inverse.data());
    Record expected;
    expected.add(d.values());
    CHECK(record == expected);
  });
}

TEST_CASE_TEMPLATE("pair by pair gives the same bits on every instruction set, whatever the numbers", Y, FloatFloat,
                   DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<InstructionSet> sets = instruction_sets();
  const auto record_of = [](const InstructionSet& set, Index n, bool positive, double rho, double entry, double gamma) {
    Random random(static_cast<std::uint64_t>(n));
    Ring<H> ring(random, n, 4, 2, 4);
    std::vector<T> g = random.vector<T>(count(n));
    if (positive) {
      ring.make_positive();
      for (T& slope : g) slope = std::abs(slope);
    }
    for (Index age = 0; age < 4; ++age) ring.set_rho(age, rho);
    ring.set_s(1, static_cast<H>(entry));
    Guarded<T> d(n);
    Record record;
    record.add(ring.direction(std::get<PairKernels<T, H>>(*set.kernels), gamma, g, d.data()));
    record.add(d.values());
    return record;
  };
  for (Index n = 1; n < blocks_from; ++n) {
    for (const bool positive : {false, true}) {
      for (const double rho : {1.0, -1.0, 0.0, 1e200, infinity, std::numeric_limits<double>::quiet_NaN()}) {
        for (const double entry : {0.5, 0.0, 1e-40, 3e38, infinity}) {
          for (const double gamma : {0.7, 1e-300, 1e300, infinity}) {
            const Record first = record_of(sets.front(), n, positive, rho, entry, gamma);
            for (const InstructionSet& set : sets) {
              CAPTURE(set.name);
              CAPTURE(n);
              CAPTURE(rho);
              CAPTURE(entry);
              CAPTURE(gamma);
              CHECK(record_of(set, n, positive, rho, entry, gamma) == first);
            }
          }
        }
      }
    }
  }
}

}  // namespace lbfgs::test
