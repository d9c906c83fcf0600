// Pseudo-random numbers that are the same on every platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lbfgs::test {

class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// Uniform in [-1, 1), 53 bits.
  double next() {
    state_ += 0x9e3779b97f4a7c15U;  // splitmix64 (Steele, Lea, Flood 2014)
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1p-52 - 1.0;
  }

  template <class T = double>
  std::vector<T> vector(std::size_t n) {
    std::vector<T> values(n);
    for (T& value : values) value = static_cast<T>(next());
    return values;
  }

private:
  std::uint64_t state_;
};

}  // namespace lbfgs::test
