// What the tests of the kernels share: every compilation of them, sizes around every border, exact sums.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "core/vectors/cpu/kernels/instruction_set.hpp"
#include "random.hpp"

namespace lbfgs::test {

/// Lengths of vectors: 0, 1, around the 8 lanes, around 64, around a full chunk.
inline constexpr Index kernel_sizes[] = {0, 1, 7, 8, 9, 63, 64, 65, chunk_size - 1, chunk_size};

inline std::size_t count(Index n) { return static_cast<std::size_t>(n); }

/// Every compilation that this machine can run: the instruction sets, and the kernels of short vectors.
inline std::vector<InstructionSet> compilations() {
  std::vector<InstructionSet> all = instruction_sets();
  all.push_back({"scalar", &scalar::kernels});
  return all;
}

/// The types of a kernel table.
template <class T_, class Other_>
struct Types {
  using T = T_;          // computing
  using Other = Other_;  // the caller's, or the stored pairs'
};
using FloatFloat = Types<float, float>;
using FloatDouble = Types<float, double>;
using DoubleFloat = Types<double, float>;
using DoubleDouble = Types<double, double>;

/// Calls work(table, n) for every compilation and size.
template <class Table, class Work>
void for_each_set_and_size(Work&& work) {
  for (const InstructionSet& set : compilations()) {
    for (const Index n : kernel_sizes) {
      CAPTURE(set.name);
      CAPTURE(n);
      work(std::get<Table>(*set.kernels), n);
    }
  }
}

/// A vector that does not begin on a cache line, with an entry before it and one behind it that nothing may write to.
template <class T>
class Guarded {
public:
  explicit Guarded(Index n) : entries_(count(n) + 2, guard) {}
  explicit Guarded(const std::vector<T>& values) : Guarded(static_cast<Index>(values.size())) {
    std::copy(values.begin(), values.end(), data());
  }
  T* data() { return entries_.data() + 1; }
  /// The vector; checks that nothing else was written.
  std::vector<T> values() const {
    CHECK(entries_.front() == guard);
    CHECK(entries_.back() == guard);
    return {entries_.begin() + 1, entries_.end() - 1};
  }

private:
  static constexpr T guard = T(-77);
  std::vector<T> entries_;
};

/// A sum and the sum of its terms' magnitudes, in long double.
struct Exact {
  long double sum = 0.0L;
  long double absolute = 0.0L;
  void add(long double term) {
    sum += term;
    absolute += std::abs(term);
  }
};
template <class A, class B>
Exact exact_dot(const std::vector<A>& a, const std::vector<B>& b) {
  Exact exact;
  for (std::size_t i = 0; i < a.size(); ++i) exact.add(static_cast<long double>(a[i]) * static_cast<long double>(b[i]));
  return exact;
}

/// Checks a sum in double: its error is at most 1e-13 of the sum of the magnitudes.
inline void check_sum(double ours, const Exact& exact) {
  CHECK(std::abs(static_cast<long double>(ours) - exact.sum) <= 1e-13L * exact.absolute);
}

template <class T>
double largest_magnitude(const std::vector<T>& v) {
  double largest = 0.0;
  for (const T entry : v) largest = std::max(largest, std::abs(static_cast<double>(entry)));
  return largest;
}

}  // namespace lbfgs::test
