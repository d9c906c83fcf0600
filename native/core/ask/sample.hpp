// What one evaluation along the search line saw.
//
// Notation, here and in the rest of the core (Nocedal & Wright, "Numerical Optimization", 2nd ed.; torch.optim.LBFGS):
//
//   book          here        meaning
//   x_k           x           the accepted point the line starts from (n numbers)
//   p_k           d           search direction (n)
//   alpha         t           step length along d; the trial point is x + t d
//   phi(alpha)    loss        f(x + t d)
//   phi'(alpha)   slope       g(x + t d) . d
//   grad f        g           gradient (n)
//   s_k           s           x_{k+1} - x_k = t d, torch's old_stps
//   y_k           y           g_{k+1} - g_k, torch's old_dirs
//   rho_k         rho         1 / (y . s), torch's ro
//   gamma_k       h_diag      (y . s) / (y . y), torch's H_diag
#pragma once

#include "core/types/slot.hpp"
#include "core/types/summary.hpp"

namespace lbfgs {

/// How far a move goes, or the moves of a step.
struct Progress {
  bool moved = false;  ///< it has changed a bit of the caller's values
  bool far = false;    ///< one of the moves has changed a value by more than tolerance_change
};

/// Plain numbers, passed by value; the gradient itself stays where `slot` says.
struct Sample {
  double t = 0.0;          ///< step length along d
  double loss = 0.0;       ///< f(x + t d)
  double slope = 0.0;      ///< g(x + t d) . d
  double grad_max = 0.0;   ///< max|g|
  Slot slot = no_slot;     ///< where g is kept
  bool finite = false;     ///< the point, the loss and every entry of the gradient are finite
  Progress progress = {};  ///< of the move to x + t d; found where several processes hold the parameters
  Bend bend = {};          ///< where bounds stopped some entries on the way to x + t d
};

}  // namespace lbfgs
