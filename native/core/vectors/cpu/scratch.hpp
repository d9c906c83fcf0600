// What a worker thread needs for a chunk in the passes of the compact form.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// Pointers to the rows of the pairs in the chunk, the chunk of the pair just formed, and that of the direction in
/// double where T is float.
template <class T, class H>
class Scratch {
public:
  Scratch(Index capacity, Index length)
      : rows(static_cast<std::size_t>(2 * capacity)), pair(2, length), sums_(sum_rows, length) {}

  static double bytes_of(Index length) {
    return Storage<H>::bytes_of(2, length) + Storage<double>::bytes_of(sum_rows, length);
  }
  std::size_t bytes() const { return pair.bytes() + sums_.bytes(); }

  /// Where the direction is summed before it is rounded to d: in d itself where T is double.
  double* sum(T* d) {
    if constexpr (std::is_same_v<T, double>) return d;
    return sums_.row(0);
  }

  std::vector<const H*> rows;
  Storage<H> pair;  ///< s and y

private:
  static constexpr Index sum_rows = std::is_same_v<T, double> ? 0 : 1;

  Storage<double> sums_;
};

}  // namespace lbfgs
