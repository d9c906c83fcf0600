// What outlives a step.
#pragma once

#include <cstdint>

#include "core/types/index.hpp"
#include "core/types/slot.hpp"

namespace lbfgs {

/// The scalars that torch keeps between steps, and further ones. Vectors has the vectors.
struct State {
  std::int64_t func_evals = 0;   ///< closure calls so far
  std::int64_t n_iter = 0;       ///< iterations so far; the fields below have a value once it is above 0
  double t = 0.0;                ///< last step length
  double h_diag = 1.0;           ///< H0 = h_diag I
  double prev_loss = 0.0;        ///< loss where the last direction was formed
  Slot prev_gradient = no_slot;  ///< gradient where the last direction was formed (torch's prev_flat_grad)
  Index known = 0;  ///< leading coordinates that prev_gradient covers; later ones take no part in the next pair
  bool direction_taken = true;  ///< false: the last step ended at the slope test, so there is no pair of its direction
  bool unevaluated = false;     ///< the last move was never evaluated; x is where it began
  // These two are true only where several processes hold the parameters, and until the next step combines the state:
  // after vectors were loaded, or pairs were moved to another history.
  bool uncombined = false;      ///< direction_taken and the products of the pairs are those of this process' part
  bool slope_decides = false;   ///< direction_taken is to follow from the combined d . g
  double grad_reference = 0.0;  ///< max|g| at the first evaluation; 0: there was none yet
  int stalled = 0;              ///< steps in a row, up to 2, that ended without progress (methods/stalls.hpp)
};

}  // namespace lbfgs
