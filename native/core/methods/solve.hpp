// A whole solve by L-BFGS.
#pragma once

#include "core/ask/task.hpp"
#include "core/methods/step.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {

/// Minimises from the point in the caller's arrays until a test of ends.hpp or a limit of the options ends the solve.
/// The options must name a line search.
///
/// Source: Nocedal & Wright algorithm 7.5. Where lbfgs_step (lbfgs.hpp) has torch's absolute thresholds this method has
/// relative ones: for the length of the first trial, for the pairs that are taken, and for the end. A search that finds
/// no lower loss is followed by a search along -g, with an empty history. If that fails too, and H0 is learnt, a search
/// in relative changes of x (Vectors::relative_descent) follows, once in a solve.
Task<Outcome> lbfgs_solve(Step& step);

}  // namespace lbfgs
