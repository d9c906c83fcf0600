// One step of L-BFGS.
#pragma once

#include "core/ask/task.hpp"
#include "core/methods/step.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {

/// Iterates until a stopping test or a limit of the options ends the step.
///
/// Source: torch.optim.LBFGS.step; Nocedal & Wright algorithm 7.5. The numbers are torch's, with the departures that
/// docs/differences-from-torch.md lists.
Task<Outcome> lbfgs_step(Step& step);

}  // namespace lbfgs
