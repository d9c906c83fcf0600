#include "core/methods/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/line_search/line_search.hpp"
#include "core/methods/products.hpp"

namespace lbfgs {
namespace {

static_assert(static_cast<int>(LineSearch::noise_tolerant) == line_search_count, "each of them is in the table");

// torch's tests after an iteration, in its order.
std::optional<Status> stopping_test(const Step& step, double loss_before, double d_max) {
  const Options& options = step.options;
  const Outcome& now = step.outcome;
  if (step.has_line_search() && now.t == 0.0) return Status::line_search_failed;
  if (now.iterations == options.max_iter) return Status::max_iter;
  if (now.evaluations >= options.max_eval) return Status::max_eval;
  if (now.grad_max <= options.tolerance_grad) return Status::converged_gradient;
  if (now.t * d_max <= options.tolerance_change) return Status::converged_step;
  if (std::abs(now.loss - loss_before) < options.tolerance_change) return Status::converged_loss;
  return std::nullopt;
}

// Whether there is a direction that the next pair can be made of.
bool has_pair(const Step& step) {
  const State& state = step.state;
  const bool search_failed = step.has_line_search() && state.t == 0.0 && step.vectors.history_size() == 0;
  return state.n_iter > 0 && !search_failed && state.stalled < stalls_before_restart;
}

// The status of a step whose first evaluation is not finite.
Status refuse_start(Step& step, const Sample& first) {
  if (!step.holds_trial) return Status::non_finite_start;
  step.undo_unevaluated_move();
  // An initial loss that is finite or -Infinity is replaced by that of the restored point; NaN and Infinity are
  // reported.
  if (first.loss < std::numeric_limits<double>::infinity()) step.outcome.initial_loss = step.here.loss;
  return Status::non_finite;
}

// x <- the point of the first evaluation. Returns whether the point is finite. Where several processes hold the point,
// the combined evaluation has told that, and a value that changed since then would be known to this process alone.
bool take_start(const Step& step) {
  if (!step.holds_trial) return step.vectors.read_point() || step.ask.distributed();
  step.vectors.advance(step.state.t);
  return true;
}

// The state that an iteration proposes, before its direction and step length are known.
State next_state(const Step& step) {
  State next = step.state;
  next.n_iter += 1;
  next.prev_gradient = step.here.slot;
  next.prev_loss = step.here.loss;
  next.known = step.vectors.size();
  next.direction_taken = true;
  next.stalled = 0;
  return next;
}

// x <- the point that the line search settled on.
void end_search(Step& step, const Sample& there) {
  if (there.t > 0.0) {
    step.advance(there);
    return;
  }
  step.vectors.restore_point();
  // The same direction would fail again, so the next step starts afresh.
  if (step.finite_trial) step.vectors.clear_history();
}

}  // namespace

Task<Outcome> lbfgs_step(Step& step) {
  const Options& options = step.options;
  Vectors& vectors = step.vectors;

  step.holds_trial = step.state.unevaluated && vectors.holds_trial(step.state.t);
  const Sample first = co_await step.ask.at(0.0);
  step.outcome.initial_loss = first.loss;
  if (!first.finite) {
    const Status status = refuse_start(step, first);
    Largest grad_max{step.here.grad_max};
    co_await step.ask.reduce(grad_max);
    step.here.grad_max = grad_max.value;
    co_return step.ended(status);
  }
  if (!take_start(step)) co_return step.ended(Status::non_finite_start);
  step.state.unevaluated = false;
  step.point_known = true;
  step.here = first;
  if (step.state.grad_reference == 0.0) step.state.grad_reference = first.grad_max;
  step.begin_line();
  if (step.state.uncombined) {
    const Sums sums = step.uncombined();
    co_await step.ask.reduce(sums);
    step.take_uncombined(sums);
  }
  if (first.grad_max <= options.tolerance_grad) co_return step.ended(Status::converged_gradient);

  for (std::int64_t iteration = 1; iteration <= options.max_iter; ++iteration) {
    const Sample& here = step.here;
    const State& before = step.state;
    State next = next_state(step);

    // The direction: d = -H g, where H has the pair of the last move, or -g where -H g is not a descent direction.
    Summary d{};
    bool descends = false;
    if (before.stalled >= stalls_before_restart) {
      vectors.clear_history();
      step.stalled_before = 0;
    }
    if (has_pair(step)) {
      const Index known = before.direction_taken ? before.known : 0;
      Products products{vectors, vectors.form_pair(before.t, here.slot, before.prev_gradient, known)};
      co_await step.ask.reduce(products);
      const Curvature& pair = products.pair;
      double slope = 0.0;
      if (options.pair_policy.relative) {
        slope = vectors.slope(before.prev_gradient);
        co_await step.ask.reduce(slope);
      }
      if (options.pair_policy.takes(pair, -before.t * slope)) {
        vectors.push_pair(pair);
        next.h_diag = pair.scale();
      }
      if (step.ask.distributed() && vectors.form_missing(here.slot)) {
        co_await step.ask.reduce(products);
      }
      d = vectors.quasi_newton(here.slot, next.h_diag);
      co_await step.ask.reduce(d);
      next.t = options.lr;
      descends = d.product <= 0.0 && d.finite;
      if (!descends) vectors.clear_history();  // rounding or overflow
    }
    if (!descends) {
      next.h_diag = 1.0;
      Descent steepest{{}, vectors.gradient_norm1(here.slot)};
      steepest.d = vectors.steepest_descent(here.slot);
      co_await step.ask.reduce(steepest);
      next.t = std::min(1.0, 1.0 / steepest.norm1) * options.lr;
      d = steepest.d;
    }
    if (d.product > -options.tolerance_change) {
      next.direction_taken = false;
      step.commit(next, here);
      co_return step.ended(Status::converged_slope);
    }

    // The step length, by a line search or as given.
    step.here.slope = d.product;
    Sample there = step.here;
    there.t = next.t;
    if (step.has_line_search()) {
      there.t = 0.0;
      step.finite_trial = false;
      if (next.t > 0.0 && std::isfinite(d.product)) {
        const Search line_search = line_searches[static_cast<int>(options.line_search) - 1].search;
        const Task<Sample> search = line_search(step.ask, step.here, next.t, step.begin_search(d.max));
        there = co_await search;
      }
      end_search(step, there);
    } else if (iteration < options.max_iter) {
      step.ask.keep(step.here);
      there = co_await step.ask.at(next.t);
      if (!there.finite) {
        step.roll_back();
        co_return step.ended(Status::non_finite);
      }
      step.advance(there);
    } else {
      // The last move of a step is not evaluated: in stochastic training that gradient would be thrown away.
      Unevaluated move{false, step.progress_of(next.t)};
      move.finite = vectors.write_trial(next.t);
      co_await step.ask.reduce(move);
      step.progress = move.progress;
      if (!move.finite) {
        step.roll_back();
        co_return step.ended(Status::non_finite);
      }
      next.unevaluated = true;
    }
    next.t = there.t;
    step.commit(next, there);

    const std::optional<Status> status = stopping_test(step, next.prev_loss, d.max);
    bool go_on = true;
    if (step.report_iterations) go_on = co_await step.ask.iteration();
    if (status) co_return step.ended(*status);
    if (!go_on) co_return step.ended(Status::stopped);
  }
  co_return step.ended(Status::max_iter);
}

}  // namespace lbfgs
