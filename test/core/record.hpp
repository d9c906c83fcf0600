// Numbers to be compared to the bit.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/kernels.hpp"

namespace lbfgs::test {

/// What a computation gave. Any NaN is the same: which operand hands its own on is left to the compiler.
class Record {
public:
  void add(double value) {
    bits_.push_back(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
  }
  template <class T>
  void add(const std::vector<T>& values) {
    for (const T value : values) add(static_cast<double>(value));
  }
  void add(const Summary& summary) {
    add(summary.product);
    add(summary.max);
    add(summary.finite ? 1.0 : 0.0);
  }
  void add(const Curvature& curvature) {
    add(curvature.ys);
    add(curvature.yy);
  }
  bool operator==(const Record&) const = default;
  std::size_t size() const { return bits_.size(); }

private:
  std::vector<std::uint64_t> bits_;
};

}  // namespace lbfgs::test
