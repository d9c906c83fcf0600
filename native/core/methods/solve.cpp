#include "core/methods/solve.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/line_search/line_search.hpp"
#include "core/methods/ends.hpp"
#include "core/methods/products.hpp"

namespace lbfgs {
namespace {

// What the iterations of a solve hand on.
struct Course {
  bool has_history = false;
  double decrease = 0.0;  // -g . s of the last move; 0: there is none that a pair could be made of
  double promised = 0.0;  // the decrease that the last direction with a history promised, or the first direction of all
};

// The first trial along -g moves x by a tenth of its length: |t g| = 0.1 |x|. Where x = 0, |t g| = 1, or less where a
// quadratic with its minimum at 0 asks for less.
//
// Source: Hager & Zhang, "Algorithm 851: CG_DESCENT" (2006), rule I0, with Euclidean norms and another factor.
double first_trial(Vectors& vectors, const Sample& here) {
  const double g = vectors.direction_norm();
  const double x = vectors.point_norm();
  if (x > 0.0) return 0.1 * x / g;
  const double loss = std::abs(here.loss);
  return loss > 0.0 ? std::min(1.0 / g, 2.0 * loss / g / g) : 1.0 / g;
}

void forget_history(Step& step, Course& course) {
  step.vectors.clear_history();
  course.has_history = false;
}

// The pair of the last move joins the history, if the policy takes it.
void take_pair(const Curvature& pair, Step& step, Course& course, State& next) {
  if (step.options.pair_policy.takes(pair, course.decrease)) {
    step.vectors.push_pair(pair);
    next.h_diag = pair.scale();
    course.has_history = true;
  }
  course.decrease = 0.0;
}

struct Line {
  Summary d;
  double t;  // the first trial
};

// d = -H g, or -g where there are no pairs or -H g is not a descent direction.
Line find_direction(Step& step, Course& course, State& next) {
  Sample& here = step.here;
  Line line{{}, step.options.lr};
  if (course.has_history) {
    line.d = step.vectors.quasi_newton(here.slot, next.h_diag);
    if (!(line.d.product < 0.0 && line.d.finite)) forget_history(step, course);
  }
  if (!course.has_history) {
    next.h_diag = 1.0;
    line.d = step.vectors.steepest_descent(here.slot);
    const double length = line.t * first_trial(step.vectors, here);
    // Between bounds a step of 1 ends where -g meets them.
    const double longest = step.vectors.longest_first_step();
    line.t = std::isfinite(longest) ? std::min(std::max(1.0, length), longest) : length;
  }
  here.slope = line.d.product;
  if (course.has_history) {
    course.promised = -here.slope / 2.0;
  } else if (course.promised == 0.0) {
    course.promised = -here.slope * std::max(line.t, 1.0) / 2.0;
  }
  return line;
}

bool can_search(const Line& line) {
  return line.t > 0.0 && std::isfinite(line.t) && line.d.product < 0.0 && std::isfinite(line.d.product);
}

// The outcome of a solve that ends at a test on the loss or at a failed search, with what its message tells.
Outcome ended(Step& step, Status status, double promised) {
  step.outcome.promised = promised;
  step.outcome.sensitivity = step.vectors.sensitivity(step.here.slot);
  step.outcome.noise = step.record.noise_found();
  step.outcome.residual_order = step.record.residual_order();
  return step.ended(status);
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
  step.state.unevaluated = false;  // whatever a step before has left: the solve begins where the arrays are
  step.point_known = true;
  step.here = first;
  step.begin_line();
  vectors.clear_history();
  Ends ends(options, first);
  step.outcome.grad_bound = ends.grad_bound();
  if (ends.gradient_is_small(first)) co_return step.ended(Status::converged_gradient);

  Course course;
  while (step.outcome.iterations < options.max_iter) {
    State next = before;
    next.n_iter += 1;
    next.prev_gradient = here.slot;
    next.prev_loss = here.loss;
    next.known = vectors.size();

    if (course.decrease > 0.0) {
      Products products{vectors, vectors.form_pair(1.0, here.slot, before.prev_gradient, before.known)};
      co_await step.ask.reduce(products);
      take_pair(products.pair, step, course, next);
    }
    const Line line = find_direction(step, course, next);
    if (course.has_history && ends.promises_nothing(here, vectors)) {
      co_return ended(step, Status::converged_slope, course.promised);
    }

    Sample there = here;
    there.t = 0.0;
    const Limits& limits = step.begin_search(line.d.max);
    if (can_search(line)) {
      const Search line_search = line_searches[static_cast<int>(options.line_search) - 1].search;
      const Task<Sample> search = line_search(step.ask, here, line.t, limits);
      there = co_await search;
    }
    if (there.t == 0.0) {
      vectors.restore_point();
      step.outcome.t = 0.0;
      // Where g.d is 0 by underflow, or no trial was to be made, nothing has shown that the loss cannot be lowered.
      const bool tells = line.t > 0.0 && course.promised > 0.0;
      if (tells && Ends::is_at_noise_floor(here, course.promised, step.record, vectors)) {
        co_return ended(step, Status::converged_loss, course.promised);
      }
      if (!course.has_history) co_return ended(step, Status::line_search_failed, course.promised);
      forget_history(step, course);
      step.begin_line();
    } else {
      course.decrease = there.bend.is_bent ? -there.bend.start_product : -here.slope * there.t;
      next.t = 1.0;  // of the direction that make_move leaves
      vectors.make_move(there.t);
      step.commit(next, there);
      step.outcome.t = there.t;
      const bool is_longest = there.t >= limits.t_max && !limits.has_end;
      const std::optional<Status> status = ends.after(here, course.promised, is_longest, step.record, vectors);
      bool go_on = true;
      if (step.report_iterations) go_on = co_await step.ask.iteration();
      if (status) co_return ended(step, *status, course.promised);
      if (!go_on) co_return step.ended(Status::stopped);
    }
    if (step.ask.evaluations() >= options.max_eval) co_return step.ended(Status::max_eval);
  }
  co_return step.ended(Status::max_iter);
}

}  // namespace lbfgs
