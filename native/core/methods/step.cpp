#include "core/methods/step.hpp"

#include <algorithm>
#include <limits>

namespace lbfgs {

void Step::begin(const Options& new_options, bool reports, bool distributed) {
  options = new_options;
  report_iterations = reports;
  ask.reset(distributed);
  record.begin_step(options.noise);
  outcome = {};
  here = {};
  begin_line();
  read_slot = no_slot;
  point_known = false;
  holds_trial = false;
  finite_trial = false;
  progress = {};
  stalled_before = state.stalled;
}

const Limits& Step::begin_search(double d_max) {
  record.begin_line(here);
  limits.max_trials = options.max_ls.value_or(std::max<std::int64_t>(0, options.max_eval - ask.evaluations()));
  limits.resolution = vectors.dtype();
  const bool is_float = limits.resolution == Dtype::float32;
  const double largest = is_float ? double{std::numeric_limits<float>::max()} : std::numeric_limits<double>::max();
  limits.t_max = largest / std::max(1.0, d_max);  // beyond it x + t d is infinite
  limits.bends = vectors.has_bounds();
  limits.has_end = vectors.last_stop() <= limits.t_max;
  if (limits.has_end) limits.t_max = vectors.last_stop();
  limits.d_max = d_max;
  limits.record = &record;
  return limits;
}

void Step::advance(const Sample& there) {
  progress = ask.distributed() ? there.progress : progress_of(there.t);
  vectors.advance(there.t);
}

Progress Step::progress_of(double t) const {
  const bool far = progress.far || vectors.moves(t, options.tolerance_change);
  return {progress.moved || far || vectors.moves(t, 0.0), far};
}

void Step::commit(const State& next, const Sample& there) {
  Slot slot = there.slot;
  if (slot == caller_slot) {  // the gradient is only in the caller's arrays, which are about to change
    slot = ask.spare();
    vectors.read_gradient(slot, false);
    read_slot = slot;
  }
  here = there;
  here.slot = slot;
  here.t = 0.0;  // where the next line starts
  here.bend = {};
  const std::int64_t func_evals = state.func_evals;  // has counted evaluations since `next` was made
  state = next;
  state.func_evals = func_evals;
  vectors.commit();
  begin_line();
  outcome.iterations += 1;
  outcome.t = next.t;
  outcome = ended(outcome.status);
}

void Step::roll_back() {
  vectors.roll_back();
  if (point_known && !state.unevaluated) vectors.restore_point();
}

void Step::undo_unevaluated_move() {
  vectors.restore_point();
  state.unevaluated = false;
  here.loss = state.prev_loss;
  here.slot = state.prev_gradient;
  here.grad_max = vectors.gradient_max(here.slot);
}

Sums Step::uncombined() {
  const Sums sums = vectors.stored_products();
  sums.added[sums.added_count - 1] = vectors.slope(state.prev_gradient);
  sums.largest[0] = state.direction_taken ? 1.0 : 0.0;
  sums.largest[1] = state.slope_decides ? 1.0 : 0.0;
  return sums;
}

// direction_taken is false on a process without parameters. So the direction was taken if the flag is true on any
// process.
void Step::take_uncombined(const Sums& sums) {
  const double slope = sums.added[sums.added_count - 1];
  state.direction_taken = sums.largest[1] == 0.0 ? sums.largest[0] != 0.0 : !(slope > -loaded_tolerance);
  state.uncombined = state.slope_decides = false;
  vectors.take_stored();
}

Outcome Step::ended(Status status) const {
  Outcome now = outcome;
  now.status = status;
  now.loss = here.loss;
  now.grad_max = here.grad_max;
  now.current = !state.unevaluated;
  now.evaluations = ask.evaluations();
  now.grad_reference = state.grad_reference;
  return now;
}

}  // namespace lbfgs
