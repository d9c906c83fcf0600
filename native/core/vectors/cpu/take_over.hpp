// Copies the pairs of a history to another one, and vectors to those of more parameters.
#pragma once

#include <algorithm>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

/// Copies as many of the newest pairs of `from` to `to`, which is empty, as it can hold; n entries each.
template <class T>
void take_newest_pairs(const History<T>& from, Index n, bool is_part, History<T>& to) {
  const Storage<T> pair(2, n);
  for (Index age = std::max<Index>(0, from.size() - to.capacity()); age < from.size(); ++age) {
    const double rho = from.read(age, pair.row(0), pair.row(1));
    to.append(pair.row(0), pair.row(1), rho, is_part);
  }
}

/// Vectors::extend() for vectors whose computing type is T.
template <class T>
void extend_from(const Vectors& from, Slot slot, Vectors& to) {
  with_type(from.dtype(), [&](auto entry) {
    using From = decltype(entry);
    const Storage<From> shorter(2, from.size());
    const Storage<T> longer(2, to.size());
    for (Index row = 0; row < 2; ++row) std::fill_n(longer.row(row), to.size(), T(0));
    const auto extended = [&](Index row) {
      std::transform(shorter.row(row), shorter.row(row) + from.size(), longer.row(row),
                     [](From number) { return static_cast<T>(number); });
      return longer.row(row);
    };
    from.export_direction(shorter.row(0));
    to.import_direction(extended(0));
    from.export_gradient(slot, shorter.row(0));
    to.import_gradient(0, extended(0));
    from.export_point(shorter.row(0));
    to.import_point(extended(0), from.size());
    for (Index age = 0; age < from.history_size(); ++age) {
      const double rho = from.export_pair(age, shorter.row(0), shorter.row(1));
      to.import_pair(extended(0), extended(1), rho);
    }
  });
}

}  // namespace lbfgs
