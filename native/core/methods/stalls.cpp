#include "core/methods/stalls.hpp"

#include <cmath>

#include "core/types/options.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {
namespace {

// Whether the direction or the search along it gave out, rather than the budget or the caller's patience.
bool gave_out(Status status) {
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

bool got_somewhere(const Outcome& outcome, Progress progress) {
  constexpr double least_change = 1e-8;
  const double change = std::abs(outcome.initial_loss - outcome.loss);
  return progress.moved && (progress.far || change > least_change * std::abs(outcome.initial_loss));
}

}  // namespace

int count_stalled(int before, const Outcome& outcome, const Options& options, Progress progress) {
  if (outcome.status == Status::non_finite_start) return before;
  if (outcome.grad_max <= options.tolerance_grad) return 0;
  const bool tried = options.lr > 0.0 && (outcome.iterations > 0 || outcome.status == Status::non_finite);
  // Where the only move of a step leads is not known as long as it has not been evaluated.
  const bool open = outcome.iterations == 1 && !outcome.current && progress.moved;
  if (!tried || open) return before;
  const bool progressed = got_somewhere(outcome, progress);
  if (progressed && !gave_out(outcome.status)) return 0;
  if (before > 0) return stalls_before_restart;
  return progressed ? 0 : 1;
}

}  // namespace lbfgs
