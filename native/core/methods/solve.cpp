#include "core/methods/solve.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/line_search/line_search.hpp"
#include "core/methods/ends.hpp"

namespace lbfgs {
namespace {

// The first trial along -g moves x by a tenth of its length: |t g| = 0.1 |x|. Where x = 0, |t g| = 1, or less where a
// quadratic with its minimum at 0 asks for less.
//
// Source: Hager & Zhang, "Algorithm 851: CG_DESCENT" (2006), rule I0, with Euclidean norms and another factor.
double first_trial(Vectors& vectors, const Sample& here) {
  const double g = vectors.gradient_norm(here.slot);
  const double x = vectors.point_norm();
  if (x > 0.0) return 0.1 * x / g;
  const double loss = std::abs(here.loss);
  return loss > 0.0 ? std::min(1.0 / g, 2.0 * loss / g / g) : 1.0 / g;
}

// What the messages of a solve tell.
void note_prospects(Step& step, double promised) {
  step.outcome.promised = promised;
  step.outcome.sensitivity = step.vectors.sensitivity(step.here.slot);
  step.outcome.noise = step.record.noise_found();
  step.outcome.residual_order = step.record.residual_order();
}

}  // namespace

Task<Outcome> lbfgs_solve(Step& step) {
  const Options& options = step.options;
  Vectors& vectors = step.vectors;
  const Sample& here = step.here;
  const State& before = step.state;

  const Sample first = co_await step.ask.at(0.0);
  step.outcome.initial_loss = first.loss;
  if (!first.finite || !vectors.read_point()) co_return step.ended(Status::non_finite_start);
  step.point_known = true;
  step.here = first;
  step.begin_line();
  Ends ends(options, first);
  step.outcome.grad_bound = ends.grad_bound();
  if (ends.gradient_is_small(first)) co_return step.ended(Status::converged_gradient);

  bool has_history = false;
  double decrease = 0.0;  // -g . s of the last move; 0: there is none to make a pair of
  double promised = 0.0;  // the decrease that the last direction with a history promises, or the first one of all
  while (step.outcome.iterations < options.max_iter) {
    State next = before;
    next.n_iter += 1;
    next.prev_gradient = here.slot;
    next.prev_loss = here.loss;
    next.known = vectors.size();

    // The direction: d = -H g, or -g where there are no pairs or -H g is not a descent direction.
    Summary d{};
    if (decrease > 0.0) {
      Curvature pair = vectors.form_pair(1.0, here.slot, before.prev_gradient, before.known);
      double products[] = {pair.ys, pair.yy};
      const Sums sums{products, 2, nullptr, 0};
      co_await step.ask.reduce(sums);
      pair = {products[0], products[1]};
      if (options.pair_policy.takes(pair, decrease)) {
        vectors.push_pair(pair);
        next.h_diag = pair.scale();
        has_history = true;
      }
      decrease = 0.0;
    }
    double t = options.lr;
    if (has_history) {
      d = vectors.quasi_newton(here.slot, next.h_diag);
      if (!(d.product < 0.0 && d.finite)) {
        vectors.clear_history();
        has_history = false;
      }
    }
    if (!has_history) {
      next.h_diag = 1.0;
      d = vectors.steepest_descent(here.slot);
      t *= first_trial(vectors, here);
    }
    step.here.slope = d.product;
    if (has_history) {
      promised = -d.product / 2.0;
    } else if (promised == 0.0) {
      promised = -d.product * std::max(t, 1.0) / 2.0;
    }
    if (has_history && ends.promises_nothing(here, vectors)) {
      note_prospects(step, promised);
      co_return step.ended(Status::converged_slope);
    }

    // The step length.
    Sample there = here;
    there.t = 0.0;
    const Limits& limits = step.begin_search(d.max);
    if (t > 0.0 && std::isfinite(t) && d.product < 0.0 && std::isfinite(d.product)) {
      const Search line_search = line_searches[static_cast<int>(options.line_search) - 1].search;
      const Task<Sample> search = line_search(step.ask, here, t, limits);
      there = co_await search;
    }
    if (there.t == 0.0) {
      vectors.restore_point();
      note_prospects(step, promised);
      if (ends.is_at_noise_floor(here, promised, step.record, vectors)) {
        co_return step.ended(Status::converged_loss);
      }
      step.outcome.t = 0.0;
      if (!has_history) co_return step.ended(Status::line_search_failed);
      vectors.clear_history();
      has_history = false;
      step.begin_line();
    } else {
      decrease = -d.product * there.t;
      next.t = 1.0;  // of the direction that make_move leaves
      vectors.make_move(there.t);
      step.commit(next, there);
      step.outcome.t = there.t;
      const std::optional<Status> status = ends.after(here, promised, there.t >= limits.t_max, step.record, vectors);
      if (status) note_prospects(step, promised);
      bool go_on = true;
      if (step.report_iterations) go_on = co_await step.ask.iteration();
      if (status) co_return step.ended(*status);
      if (!go_on) co_return step.ended(Status::stopped);
    }
    if (step.ask.evaluations() >= options.max_eval) co_return step.ended(Status::max_eval);
  }
  co_return step.ended(Status::max_iter);
}

}  // namespace lbfgs
