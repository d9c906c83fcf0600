#include "core/methods/stalls.hpp"

#include <cmath>

#include "core/types/options.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {
namespace {

// Whether the step ended because its direction failed, and not at a limit or because the caller ended it.
bool direction_failed(Status status) {
  switch (status) {
    case Status::converged_slope:
    case Status::converged_step:
    case Status::converged_loss:
    case Status::line_search_failed:
    case Status::non_finite:
      return true;
    default:
      return false;
  }
}

bool has_progressed(const Outcome& outcome, Progress progress) {
  constexpr double least_change = 1e-8;
  const double change = std::abs(outcome.initial_loss - outcome.loss);
  return progress.moved && (progress.far || change > least_change * std::abs(outcome.initial_loss));
}

}  // namespace

int count_stalled(int before, const Outcome& outcome, const Options& options, Progress progress) {
  if (outcome.status == Status::non_finite_start) return before;
  if (outcome.grad_max <= options.tolerance_grad) return 0;
  const bool tried = options.lr > 0.0 && (outcome.iterations > 0 || outcome.status == Status::non_finite);
  // The only move of the step has not been evaluated, so whether it is progress is not known.
  const bool open = outcome.iterations == 1 && !outcome.current && progress.moved;
  if (!tried || open) return before;
  const bool progressed = has_progressed(outcome, progress);
  if (progressed && !direction_failed(outcome.status)) return 0;
  if (before > 0) return stalls_before_restart;
  return progressed ? 0 : 1;
}

}  // namespace lbfgs
