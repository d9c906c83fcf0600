// Whether a training makes progress.
//
// A wrong gradient, or a wall of values that are not finite, can leave a direction that every later step would repeat
// without moving. torch repeats it for ever; here such steps are counted, and after two of them a step starts from
// steepest descent (docs/differences-from-torch.md).
#pragma once

#include "core/ask/sample.hpp"

namespace lbfgs {

struct Options;
struct Outcome;

/// Stalled steps in a row after which the next one starts afresh.
inline constexpr int stalls_before_restart = 2;

/// The stalled steps in a row, 0 to stalls_before_restart, after a step that ended with `outcome`. A count begins with
/// a step that got nowhere: it moved no bit, or no value by more than tolerance_change while the loss changed by no
/// more than a hundred-millionth. Later steps count if they got nowhere, failed, or ended above tolerance_grad at a
/// slope, step or loss test. before: the count when the step began, 0 if the step has started afresh. A step that tries
/// nothing leaves the count as it was.
int count_stalled(int before, const Outcome& outcome, const Options& options, Progress progress);

}  // namespace lbfgs
