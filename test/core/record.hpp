// Numbers to be compared to the bit.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/vectors/cpu/kernels/kernels.hpp"

namespace lbfgs::test {

/// The results of a computation: how many numbers, and a hash of their bits that any single change changes. All NaNs
/// count as the same, since the compiler may choose which operand's NaN a result has.
class Record {
public:
  void add(double value) { mix(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value)); }
  void add(const Record& record) { mix(record.hash_); }
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
  std::size_t size() const { return size_; }
  std::uint64_t hash() const { return hash_; }

private:
  void mix(std::uint64_t bits) {
    hash_ = std::rotl((hash_ ^ bits) * 0x9e3779b97f4a7c15U, 32);
    ++size_;
  }

  std::uint64_t hash_ = 0;
  std::size_t size_ = 0;
};

}  // namespace lbfgs::test
