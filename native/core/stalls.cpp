#include "stalls.hpp"

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

}  // namespace

int count_stalled(int before, const Outcome& outcome, const Options& options, bool moved) {
  if (outcome.status == Status::non_finite_start) return before;
  if (outcome.grad_max <= options.tolerance_grad) return 0;
  const bool tried = options.lr > 0.0 && (outcome.iterations > 0 || outcome.status == Status::non_finite);
  const bool open = outcome.iterations == 1 && !outcome.current && moved;  // where its only move leads is not known yet
  if (!tried || open) return before;
  if (moved && !gave_out(outcome.status)) return 0;
  if (before > 0) return stalls_before_restart;
  return moved ? 0 : 1;
}

}  // namespace lbfgs
