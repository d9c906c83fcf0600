// Whether a training makes progress.
//
// A wrong gradient, or a wall of values that are not finite, can leave a direction that every later step would repeat
// without moving. torch repeats it for ever; here such steps are counted, and after two of them a step starts from
// steepest descent (docs/differences-from-torch.md).
#pragma once

#include "lbfgs.hpp"

namespace lbfgs {

/// Stalled steps in a row after which the next one starts afresh.
inline constexpr int stalls_before_restart = 2;

/// The stalled steps in a row, 0 to stalls_before_restart, after a step that ended with `outcome`. A step stalls where
/// it ends above tolerance_grad at a slope, step or loss test, fails, or moves no bit; the first of them has moved no
/// bit. before: the count when the step began, 0 if the step has started afresh. moved: the step has changed a bit of
/// the caller's values. A step that tries nothing leaves the count as it was.
int count_stalled(int before, const Outcome& outcome, const Options& options, bool moved);

}  // namespace lbfgs
