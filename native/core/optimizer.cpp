#include "core/optimizer.hpp"

#include <cmath>
#include <stdexcept>

#include "core/methods/lbfgs.hpp"
#include "core/methods/solve.hpp"

namespace lbfgs {

Asked Optimizer::begin(const Options& options, bool report_iterations) {
  if (running()) {
    vectors_->roll_back();
    task_ = {};
  }
  if (const char* const name = validate(options)) throw std::invalid_argument(name);
  const bool resized =
      vectors_->resize_history(static_cast<Index>(options.history_size), options.history_dtype, options.diagonal);
  vectors_->set_threads(options.threads);
  if (distributed_) [[unlikely]] {
    // All memory is allocated here: a process that ran out of memory later would leave the others in a reduction.
    if (resized && vectors_->history_size() > 0) state_.uncombined = true;
    vectors_->prepare_step(state_.uncombined);
  }
  step_.begin(options, report_iterations, distributed_);
  trial_finite_ = true;
  task_ = options.method == Method::solve ? lbfgs_solve(step_) : lbfgs_step(step_);
  task_.start();
  return request();
}

// Prepares what the task requests, or ends the step if the task has ended.
Asked Optimizer::request() {
  const Ask& ask = step_.ask;
  if (task_.running()) {
    if (ask.asked() == Asked::evaluate) {
      if (ask.copy_due()) {
        vectors_->read_gradient(ask.spare(), false);
        step_.read_slot = ask.spare();
      }
      if (step_.point_known) trial_finite_ = vectors_->write_trial(ask.t());
    }
    return ask.asked();
  }
  try {
    step_.outcome = task_.result();
  } catch (...) {
    step_.roll_back();
    throw;
  }
  // A solve may end with an iteration that it has not committed.
  if (step_.options.method == Method::solve) vectors_->roll_back();
  // A state without iterations starts from steepest descent in any case.
  if (state_.n_iter > 0) {
    state_.stalled = count_stalled(step_.stalled_before, step_.outcome, step_.options, step_.progress);
  }
  return Asked::done;
}

Asked Optimizer::answer(const Sample& sample) {
  if (sample.t > 0.0) step_.record.add(sample);
  step_.finite_trial = step_.finite_trial || sample.finite;
  step_.ask.answer(sample);
  return request();
}

Asked Optimizer::tell(double loss) {
  Ask& ask = step_.ask;
  const Slot slot = step_.read_slot = ask.next_slot();
  ++state_.func_evals;
  Reading reading;
  try {
    reading = vectors_->read_trial(slot, step_.point_known);
  } catch (...) {
    step_.roll_back();
    task_ = {};
    throw;
  }
  const Summary& g = reading.gradient;
  if (reading.penalty != 0.0) loss += reading.penalty;
  const bool slope_counts = step_.has_line_search();
  const bool finite = trial_finite_ && g.finite && std::isfinite(loss) && (!slope_counts || std::isfinite(g.product));
  const Sample sample{ask.t(), loss, g.product, g.max, slot, finite, {}, reading.bend};
  if (ask.distributed()) [[unlikely]]
    return combine(sample);
  return answer(sample);
}

// Requests that the evaluation is combined with those of the other processes.
Asked Optimizer::combine(Sample sample) {
  if (step_.point_known) {
    if (step_.options.method == Method::torch_step) sample.progress = step_.progress_of(sample.t);
  } else {
    sample.finite = sample.finite && vectors_->arrays_finite();
  }
  if (!step_.has_line_search()) sample.slope = 0.0;
  step_.ask.combine({sample, step_.holds_trial});
  return Asked::reduce;
}

Asked Optimizer::proceed(bool go_on) {
  step_.ask.answer(go_on);
  return request();
}

Asked Optimizer::reduced() {
  const Evaluation* const evaluation = step_.ask.answer_reduced();
  if (evaluation == nullptr) return request();
  step_.holds_trial = evaluation->holds_trial;
  return answer(evaluation->sample);
}

void Optimizer::cancel(Status status, bool evaluated) {
  if (evaluated) {
    ++state_.func_evals;
    step_.read_slot = no_slot;  // the closure may have left any gradient
  }
  step_.roll_back();
  step_.outcome = step_.ended(status);
  if (evaluated) ++step_.outcome.evaluations;
  task_ = {};
}

void Optimizer::reset() {
  task_ = {};
  vectors_->roll_back();
  vectors_->clear_history();
  vectors_->commit();
  state_ = {};
  state_.known = vectors_->size();
  step_.begin({}, false, distributed_);
}

void Optimizer::write_gradient() {
  vectors_->write_gradient(step_.here.slot);
  step_.read_slot = step_.here.slot;
}

void Optimizer::prepare_load(const Options& options) {
  vectors_->resize_history(static_cast<Index>(options.history_size), options.history_dtype);
  vectors_->prepare_import();
}

void Optimizer::load(const State& state, double tolerance_change) {
  state_ = state;
  state_.uncombined = distributed_ && state.n_iter > 0;
  state_.slope_decides = state_.uncombined && state.known < 0;
  step_.loaded_tolerance = tolerance_change;
  if (state.known < 0) {
    state_.known = vectors_->size();
    state_.direction_taken = state.n_iter == 0 || !(vectors_->slope(state.prev_gradient) > -tolerance_change);
  }
}

void Optimizer::extend(const Optimizer& from) {
  state_ = from.state_;
  if (state_.n_iter == 0) {
    state_.known = vectors_->size();
    return;
  }
  state_.prev_gradient = 0;
  state_.uncombined = distributed_;
  step_.loaded_tolerance = from.step_.loaded_tolerance;
  if (state_.unevaluated) vectors_->read_point();  // the new coordinates have not moved
  vectors_->extend(*from.vectors_, from.state_.prev_gradient);
}

}  // namespace lbfgs
