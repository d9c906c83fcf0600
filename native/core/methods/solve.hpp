// A whole solve by L-BFGS.
#pragma once

#include "core/ask/task.hpp"
#include "core/methods/step.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {

/// Minimises from the point in the caller's arrays until a test of ends.hpp or a limit of the options ends the solve.
/// Wants a line search among the options.
///
/// Source: Nocedal & Wright algorithm 7.5. Where lbfgs_step (lbfgs.hpp) has torch's absolute thresholds this method has
/// relative ones: the length of the first trial, which pairs are taken, when it is over. A search that finds no lower
/// loss is followed by one along -g, with an empty history, and this, once, by one in relative changes of x.
Task<Outcome> lbfgs_solve(Step& step);

}  // namespace lbfgs
