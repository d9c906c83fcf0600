#include "core/methods/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/line_search/strong_wolfe.hpp"

namespace lbfgs {
namespace {

std::int64_t line_search_budget(const Options& options, std::int64_t evaluations) {
  if (options.max_ls) return *options.max_ls;
  return std::max<std::int64_t>(0, options.max_eval - evaluations);
}

// torch's tests after an iteration, in its order.
std::optional<Status> stopping_test(const Options& options, const Outcome& now, double loss_before, double d_max) {
  if (options.line_search == LineSearch::strong_wolfe && now.t == 0.0) return Status::line_search_failed;
  if (now.iterations == options.max_iter) return Status::max_iter;
  if (now.evaluations >= options.max_eval) return Status::max_eval;
  if (now.grad_max <= options.tolerance_grad) return Status::converged_gradient;
  if (now.t * d_max <= options.tolerance_change) return Status::converged_step;
  if (std::abs(now.loss - loss_before) < options.tolerance_change) return Status::converged_loss;
  return std::nullopt;
}

}  // namespace

// Source: torch.optim.LBFGS.step. The numbers are torch's; what is better than torch is listed in
// docs/differences-from-torch.md.
Task<Outcome> Lbfgs::step() {
  const bool open_move = unevaluated_ && workspace_->holds_trial(state_.t);
  const Sample first = co_await ask_.at(0.0, here_);
  outcome_.initial_loss = first.loss;
  if (!first.finite && !open_move) co_return ended(Status::non_finite_start);
  if (!first.finite) {
    const Status status = return_to_evaluated_point();
    // A finite loss with a gradient that is not finite belongs to no point that the step could go on from, and the step
    // has not ended above a loss of -Infinity.
    if (first.loss < std::numeric_limits<double>::infinity()) outcome_.initial_loss = here_.loss;
    co_return ended(status);
  }
  if (open_move) {
    workspace_->advance(state_.t);
  } else if (!workspace_->read_point()) {
    co_return ended(Status::non_finite_start);
  }
  unevaluated_ = false;
  point_known_ = true;
  here_ = first;
  if (here_.grad_max <= options_.tolerance_grad) co_return ended(Status::converged_gradient);

  for (std::int64_t iteration = 1; iteration <= options_.max_iter; ++iteration) {
    State next = state_;
    const Summary d = form_direction(next);
    if (d.product > -options_.tolerance_change) {
      next.known = 0;  // this direction is not taken: no pair is to be made of it
      commit(next, here_);
      co_return ended(Status::converged_slope);
    }

    here_.slope = d.product;
    Sample there = here_;
    there.t = next.t;
    if (options_.line_search == LineSearch::strong_wolfe) {
      there.t = 0.0;
      finite_trial_ = false;
      if (next.t > 0.0 && std::isfinite(d.product)) {
        const std::int64_t budget = line_search_budget(options_, ask_.evaluations());
        const Line line{d.max, workspace_->dtype() == Dtype::float32};
        const Task<Sample> search = strong_wolfe(ask_, here_, next.t, budget, line);
        there = co_await search;
      }
      if (there.t > 0.0) {
        advance(there.t);
      } else {
        workspace_->restore_point();
        if (finite_trial_) workspace_->clear_history();  // the same direction would fail again: start afresh next time
      }
    } else if (iteration < options_.max_iter) {
      there = co_await ask_.at(next.t, here_);
      if (!there.finite) {
        roll_back();
        co_return ended(Status::non_finite);
      }
      advance(next.t);
    } else {
      note_move(next.t);
      // The last move of a step is not evaluated: in stochastic training that gradient would be thrown away.
      if (!workspace_->write_trial(next.t)) {
        roll_back();
        co_return ended(Status::non_finite);
      }
      unevaluated_ = true;
    }
    next.t = there.t;
    commit(next, there);

    const std::optional<Status> status = stopping_test(options_, outcome_, next.prev_loss, d.max);
    bool go_on = true;
    if (report_iterations_) go_on = co_await ask_.iteration();
    if (status) co_return ended(*status);
    if (!go_on) co_return ended(Status::stopped);
  }
  co_return ended(Status::max_iter);
}

// The next direction and first step length, with the pair and the scale that they come from.
Summary Lbfgs::form_direction(State& next) {
  next.n_iter += 1;
  next.prev_gradient = here_.slot;
  next.prev_loss = here_.loss;
  next.known = workspace_->size();
  const bool search_failed =
      options_.line_search == LineSearch::strong_wolfe && state_.t == 0.0 && workspace_->history_size() == 0;
  next.stalled = 0;
  const bool restarts = state_.stalled >= stalls_before_restart;
  if (restarts) {
    workspace_->clear_history();
    stalled_before_ = 0;
  }
  if (state_.n_iter > 0 && !search_failed && !restarts) {
    const Curvature curvature = workspace_->form_pair(state_.t, here_.slot, state_.prev_gradient, state_.known);
    if (workspace_->push_pair(curvature)) next.h_diag = curvature.scale();
    next.t = options_.lr;
    const Summary d = workspace_->quasi_newton(here_.slot, next.h_diag);
    if (d.product <= 0.0 && d.finite) return d;
    workspace_->clear_history();  // rounding or overflow: it no longer gives a descent direction
  }
  next.h_diag = 1.0;
  next.t = std::min(1.0, 1.0 / workspace_->gradient_norm1(here_.slot)) * options_.lr;
  return workspace_->steepest_descent(here_.slot);
}

// x <- x + t d.
void Lbfgs::advance(double t) {
  note_move(t);
  workspace_->advance(t);
}

void Lbfgs::note_move(double t) {
  progress_.far = progress_.far || workspace_->moves(t, options_.tolerance_change);
  progress_.moved = progress_.moved || progress_.far || workspace_->moves(t, 0.0);
}

// What the iteration proposed becomes the state.
void Lbfgs::commit(State next, const Sample& there) {
  Sample reached = there;
  keep_gradient(reached);
  next.func_evals = state_.func_evals;
  state_ = next;
  here_ = reached;
  here_.t = 0.0;  // where the next line starts
  workspace_->commit();
  outcome_.iterations += 1;
  outcome_.t = next.t;
  outcome_ = ended(outcome_.status);
}

// A sample whose gradient is still in the caller's arrays only, which are about to change, gets the row that neither
// the committed gradient nor the line's start has.
void Lbfgs::keep_gradient(Sample& sample) {
  if (sample.slot != caller_slot) return;
  sample.slot = row_besides(state_.prev_gradient, here_.slot);
  workspace_->read_gradient(sample.slot, false);
  read_slot_ = sample.slot;
}

// What the iteration proposed is dropped.
void Lbfgs::roll_back() {
  workspace_->roll_back();
  if (point_known_ && !unevaluated_) workspace_->restore_point();
}

// The move that the last step did not evaluate turned out not to be finite.
Status Lbfgs::return_to_evaluated_point() {
  workspace_->restore_point();
  unevaluated_ = false;
  here_.loss = state_.prev_loss;
  here_.slot = state_.prev_gradient;
  here_.grad_max = workspace_->gradient_max(here_.slot);
  return Status::non_finite;
}

Outcome Lbfgs::ended(Status status) const {
  Outcome outcome = outcome_;
  outcome.status = status;
  outcome.loss = here_.loss;
  outcome.grad_max = here_.grad_max;
  outcome.current = !unevaluated_;
  outcome.evaluations = ask_.evaluations();
  return outcome;
}

Asked Lbfgs::begin(const Options& options, bool report_iterations) {
  if (running()) {
    workspace_->roll_back();
    step_ = {};
  }
  if (const char* const name = validate(options)) throw std::invalid_argument(name);
  const Dtype stored = workspace_->dtype() == Dtype::float32 ? Dtype::float32 : options.history_dtype;
  if (options.history_size != workspace_->history_capacity() || stored != workspace_->history_dtype()) {
    workspace_->resize_history(static_cast<Index>(options.history_size), stored);
  }
  workspace_->set_threads(options.threads);
  options_ = options;
  report_iterations_ = report_iterations;
  ask_.reset();
  outcome_ = {};
  here_ = {};
  read_slot_ = no_slot;
  point_known_ = false;
  trial_finite_ = true;
  progress_ = {};
  stalled_before_ = state_.stalled;
  step_ = step();
  step_.start();
  return ask();
}

Asked Lbfgs::ask() {
  if (step_.running()) {
    if (ask_.asked() == Asked::evaluate) {
      keep_gradient(ask_.kept());
      if (point_known_) trial_finite_ = workspace_->write_trial(ask_.t());
    }
    return ask_.asked();
  }
  try {
    outcome_ = step_.result();
  } catch (...) {
    roll_back();
    throw;
  }
  // A state without iterations starts from steepest descent in any case.
  if (state_.n_iter > 0) state_.stalled = count_stalled(stalled_before_, outcome_, options_, progress_);
  return Asked::done;
}

Asked Lbfgs::tell(double loss) {
  const Slot row = row_besides(state_.prev_gradient, here_.slot);
  read_slot_ = ask_.kept().slot == row ? caller_slot : row;
  ++state_.func_evals;
  Summary g;
  try {
    g = workspace_->read_gradient(read_slot_, point_known_);
  } catch (...) {
    roll_back();
    step_ = {};
    throw;
  }
  Sample sample{ask_.t(), loss, g.product, g.max, read_slot_, false};
  const bool slope_counts = options_.line_search == LineSearch::strong_wolfe;
  sample.finite = trial_finite_ && g.finite && std::isfinite(loss) && (!slope_counts || std::isfinite(g.product));
  finite_trial_ = finite_trial_ || sample.finite;
  ask_.answer(sample);
  return ask();
}

Asked Lbfgs::proceed(bool go_on) {
  ask_.answer(go_on);
  return ask();
}

void Lbfgs::cancel(Status status, bool evaluated) {
  if (evaluated) {
    ++state_.func_evals;
    read_slot_ = no_slot;  // the closure may have left any gradient
  }
  roll_back();
  outcome_ = ended(status);
  if (evaluated) ++outcome_.evaluations;
  step_ = {};
}

void Lbfgs::reset() {
  step_ = {};
  workspace_->roll_back();
  workspace_->clear_history();
  workspace_->commit();
  state_ = {};
  state_.known = workspace_->size();
  outcome_ = {};
  here_ = {};
  read_slot_ = no_slot;
  point_known_ = false;
  unevaluated_ = false;
}

void Lbfgs::write_gradient() {
  workspace_->write_gradient(here_.slot);
  read_slot_ = here_.slot;
}

void Lbfgs::load(const State& state, double tolerance_change) {
  state_ = state;
  if (state.known < 0) {
    const bool at_slope_test = state.n_iter > 0 && workspace_->slope(state.prev_gradient) > -tolerance_change;
    state_.known = at_slope_test ? 0 : workspace_->size();
  }
  unevaluated_ = false;
}

void Lbfgs::load_unevaluated_move(const void* x, Index known) {
  workspace_->read_point();
  workspace_->import_point(x, known);
  unevaluated_ = true;
}

}  // namespace lbfgs
