// Where gradients are kept.
#pragma once

namespace lbfgs {

/// Names the row of a gradient, or the caller's arrays.
using Slot = int;
inline constexpr Slot no_slot = -1;

/// Three gradients have a row: the committed prev_flat_grad, the one at x, and one of a trial.
inline constexpr Slot row_count = 3;
/// The gradient that is in the caller's arrays and nowhere else.
inline constexpr Slot caller_slot = row_count;

/// The first row that is neither `a` nor `b`.
constexpr Slot row_besides(Slot a, Slot b) {
  for (Slot slot = 0; slot < row_count; ++slot) {
    if (slot != a && slot != b) return slot;
  }
  return no_slot;
}

}  // namespace lbfgs
