// How the products of pairs over the free entries change where entries become free or stop being free.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/kernels/kernels.hpp"

namespace lbfgs {

/// Finds the changes in the products for a chunk, while its rows of the pairs are in the caches. Pairs are stored as H.
template <class H>
class ColumnChanges {
public:
  /// For at most so many pairs, and chunks of at most `length` entries.
  ColumnChanges(Index pairs, Index length)
      : rows_(static_cast<std::size_t>(2 * pairs)),
        products_(static_cast<std::size_t>(2 * pairs)),
        panels_(2 * pairs + 1, panel),
        changed_(static_cast<std::size_t>(length)) {}

  /// How many numbers add() adds to.
  static constexpr Index numbers(Index pairs) { return pairs * (pairs + 1); }

  /// was_free <- is_free. s and y: the chunk's rows of the pairs, the oldest first. Adds the changes to `out`. Those of
  /// pair j begin at out + j (j + 1): the changes of s_i.y_j for i = 0 … j, then those of y_i.y_j.
  void add(const double* is_free, std::uint8_t* was_free, Index size, const H* const* s, const H* const* y, Index pairs,
           const PairKernels<double, H>& kernels, double* out) {
    const Index count = find(is_free, was_free, size);
    for (Index from = 0; from < count && pairs > 0; from += panel) {
      const Index columns = std::min(panel, count - from);
      const Index* const entries = changed_.data() + from;
      for (Index pair = 0; pair < pairs; ++pair) {
        H* const of_s = panels_.row(pair);
        H* const of_y = panels_.row(pairs + pair);
        for (Index k = 0; k < columns; ++k) of_s[k] = s[pair][entries[k]];
        for (Index k = 0; k < columns; ++k) of_y[k] = y[pair][entries[k]];
      }
      H* const signed_y = panels_.row(2 * pairs);
      for (Index newer = 0; newer < pairs; ++newer) {
        const H* const of_y = panels_.row(pairs + newer);
        for (Index k = 0; k < columns; ++k) signed_y[k] = was_free[entries[k]] != 0 ? of_y[k] : -of_y[k];
        add_products(newer, pairs, signed_y, columns, kernels, out + numbers(newer));
      }
    }
  }

private:
  static constexpr Index panel = 64;  // the most columns that are copied out at once

  // Lists the entries that have changed sides.
  Index find(const double* is_free, std::uint8_t* was_free, Index size) {
    Index count = 0;
    for (Index i = 0; i < size; ++i) {
      const std::uint8_t now = is_free[i] > 0.0 ? 1 : 0;
      changed_[static_cast<std::size_t>(count)] = i;
      count += now != was_free[i] ? 1 : 0;
      was_free[i] = now;
    }
    return count;
  }

  void add_products(Index newer, Index pairs, const H* signed_y, Index columns, const PairKernels<double, H>& kernels,
                    double* sums) {
    for (Index older = 0; older <= newer; ++older) {
      rows_[static_cast<std::size_t>(older)] = panels_.row(older);
      rows_[static_cast<std::size_t>(newer + 1 + older)] = panels_.row(pairs + older);
    }
    const Index count = 2 * (newer + 1);
    kernels.stored_dots(rows_.data(), count, signed_y, columns, products_.data());
    for (Index k = 0; k < count; ++k) sums[k] += products_[static_cast<std::size_t>(k)];
  }

  std::vector<const H*> rows_;
  std::vector<double> products_;
  Storage<H> panels_;
  std::vector<Index> changed_;  // entries of the chunk
};

}  // namespace lbfgs
