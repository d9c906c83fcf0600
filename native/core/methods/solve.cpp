#include "core/methods/solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/line_search/line_search.hpp"
#include "core/methods/course.hpp"
#include "core/methods/ends.hpp"
#include "core/methods/products.hpp"

namespace lbfgs {
namespace {

// What v is to be divided by before its squares are added: max|v| where v . v is beyond the range of double, otherwise
// 1.
double scale_of(const Summary& squares) {
  constexpr double least = 1e-280;  // in a larger sum, no square that counts was rounded as a subnormal number
  const bool in_range = (squares.product > least && std::isfinite(squares.product)) || squares.max == 0.0;
  return in_range ? 1.0 : squares.max;
}

// The first trial along -g moves x by a tenth of its length: |t g| = 0.1 |x|. Where x = 0, |t g| = 1, or less where a
// quadratic with its minimum at 0 asks for less. g, x: the Euclidean norms.
//
// Source: Hager & Zhang, "Algorithm 851: CG_DESCENT" (2006), rule I0, with Euclidean norms and another factor.
double first_trial(double g, double x, double loss) {
  if (x > 0.0) return 0.1 * x / g;
  return loss > 0.0 ? std::min(1.0 / g, 2.0 * loss / g / g) : 1.0 / g;
}

struct Line {
  Summary d;
  double t;  // the first trial
};

// The first trial along -g: at least 1 where there are bounds, since a step of 1 ends where -g meets them, and at most
// longest_first_step().
double between_bounds(double length, const Vectors& vectors) {
  const double longest = vectors.longest_first_step();
  return std::isfinite(longest) ? std::min(std::max(1.0, length), longest) : length;
}

// Writes the slope of the direction into `here`, and into `course` the decrease that the direction promises.
void take_direction(const Line& line, Sample& here, Course& course) {
  here.slope = line.d.product;
  if (course.has_history) {
    course.promised = -here.slope / 2.0;
  } else if (course.promised == 0.0) {
    course.promised = -here.slope * std::max(line.t, 1.0) / 2.0;
  }
}

bool descends(const Summary& d) { return d.product < 0.0 && d.finite; }

bool can_search(const Line& line) {
  return line.t > 0.0 && std::isfinite(line.t) && line.d.product < 0.0 && std::isfinite(line.d.product);
}

// with_type: whether is_float32 is found too. Where a loss and its gradient are numbers of float32, the function is
// taken to compute in float32.
Rounding measure_rounding(Step& step, bool with_type) {
  const Sample& here = step.here;
  const bool is_float32 = with_type && static_cast<double>(static_cast<float>(here.loss)) == here.loss &&
                          step.vectors.gradient_is_float32(here.slot);
  return {step.vectors.sensitivity(here.slot), is_float32};
}

// The outcome of a solve that ends at a test on the loss or at a failed search, with the numbers for its message.
Outcome ended(Step& step, Status status, double promised, double sensitivity) {
  step.outcome.promised = promised;
  step.outcome.sensitivity = sensitivity;
  step.outcome.noise = step.record.noise_found();
  step.outcome.residual_order = step.record.residual_order();
  step.outcome.blames_gradient = step.record.blames_gradient();
  return step.ended(status);
}

// The status of a solve that ends after an iteration; nothing where it goes on by relative_descent().
std::optional<Status> settled(Status status, const Rounding& rounding, bool go_on, Step& step, Course& course,
                              Ends& ends) {
  if (status != Status::converged_loss) return status;
  status = ends.stalled(step.here, course.promised, step.record, rounding);
  if (status != Status::line_search_failed || !go_on || !try_relative(step, course)) return status;
  ends.begin_anew();
  return std::nullopt;
}

}  // namespace

Task<Outcome> lbfgs_solve(Step& step) {
  const Options& options = step.options;
  Vectors& vectors = step.vectors;
  const Sample& here = step.here;
  const State& before = step.state;

  const Sample first = co_await step.ask.at(0.0);
  step.outcome.initial_loss = first.loss;
  // Where several processes hold the point, the evaluation has told whether it is finite.
  if (!first.finite || !(vectors.read_point() || step.ask.distributed()))
    co_return step.ended(Status::non_finite_start);
  step.state.unevaluated = false;  // a solve begins at the point in the caller's arrays
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
    next.uncombined = next.slope_decides = false;  // these concern a state from before the solve

    Products products{vectors, {}};
    if (course.decrease > 0.0) {
      products.pair = vectors.form_pair(1.0, here.slot, before.prev_gradient, before.known);
      co_await step.ask.reduce(products);
      take_pair(products.pair, step, course, next);
    }
    if (step.ask.distributed() && course.has_history && vectors.form_missing(here.slot)) {
      co_await step.ask.reduce(products);
    }

    // d = -H g, or -g where there are no pairs or -H g is not a descent direction.
    Line line{{}, options.lr};
    if (course.has_history) {
      line.d = vectors.quasi_newton(here.slot, next.h_diag);
      co_await step.ask.reduce(line.d);
      if (!descends(line.d)) forget_history(step, course);
    }
    if (course.goes_relative) {
      course.goes_relative = false;
      line.d = vectors.relative_descent(here.slot);
      // The first trial changes the entries of x by a tenth in the root mean square, as first_trial() changes |x|.
      line.t *= 0.1 * std::sqrt(static_cast<double>(vectors.size()) / -line.d.product);
    } else if (!course.has_history) {
      next.h_diag = 1.0;
      Steepest steepest{vectors.steepest_descent(here.slot), {}, {}};
      steepest.d_squares = vectors.direction_squares(1.0);
      steepest.x_squares = vectors.point_squares(1.0);
      co_await step.ask.reduce(steepest);
      line.d = steepest.d;
      const double d_scale = scale_of(steepest.d_squares);
      const double x_scale = scale_of(steepest.x_squares);
      Scaled squares{steepest.d_squares.product, steepest.x_squares.product};
      if (d_scale != 1.0 || x_scale != 1.0) {
        squares = {vectors.direction_squares(d_scale).product, vectors.point_squares(x_scale).product};
        co_await step.ask.reduce(squares);
      }
      const double g_norm = d_scale * std::sqrt(squares.d);
      const double length = line.t * first_trial(g_norm, x_scale * std::sqrt(squares.x), std::abs(here.loss));
      line.t = between_bounds(length, vectors);
    }
    take_direction(line, step.here, course);
    if (course.has_history) {
      double sensitivity = std::numeric_limits<double>::infinity();
      if (ends.promises_little(here)) {
        sensitivity = vectors.sensitivity(here.slot);
        co_await step.ask.reduce(sensitivity);
      }
      if (ends.promises_nothing(here, sensitivity)) {
        co_return ended(step, Status::converged_slope, course.promised, sensitivity);
      }
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
      Rounding rounding = measure_rounding(step, tells);
      co_await step.ask.reduce(rounding);
      if (tells && Ends::has_failed_at_floor(here, course.promised, step.record, rounding)) {
        co_return ended(step, Status::converged_loss, course.promised, rounding.sensitivity);
      }
      if (!try_another(step, course)) {
        co_return ended(step, Status::line_search_failed, course.promised, rounding.sensitivity);
      }
      step.begin_line();
    } else {
      course.decrease = there.bend.is_bent ? -there.bend.start_product : -here.slope * there.t;
      next.t = 1.0;  // make_move() leaves the move itself as the direction
      vectors.make_move(there.t);
      step.commit(next, there);
      step.outcome.t = there.t;
      const bool is_longest = there.t >= limits.t_max && !limits.has_end;
      std::optional<Status> status = ends.after(here, is_longest);
      bool go_on = true;
      if (step.report_iterations) go_on = co_await step.ask.iteration();
      if (status) {
        Rounding rounding = measure_rounding(step, status == Status::converged_loss);
        co_await step.ask.reduce(rounding);
        status = settled(*status, rounding, go_on, step, course, ends);
        if (status) co_return ended(step, *status, course.promised, rounding.sensitivity);
      }
      if (!go_on) co_return step.ended(Status::stopped);
    }
    if (step.ask.evaluations() >= options.max_eval) co_return step.ended(Status::max_eval);
  }
  co_return step.ended(Status::max_iter);
}

}  // namespace lbfgs
