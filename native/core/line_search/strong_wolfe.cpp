#include "core/line_search/strong_wolfe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/line_search/bracket.hpp"

namespace lbfgs {
namespace {

constexpr double c1 = 1e-4;
constexpr double c2 = 0.9;
constexpr double bracket_width = 1e-9;  // torch's own, whatever tolerance_change is

bool sufficient_decrease(const Sample& start, const Sample& now, Dtype resolution) {
  const double bound = start.loss + c1 * now.t * start.slope;
  if (resolution == Dtype::float64) return now.loss <= bound;
  return now.loss <= start.loss && static_cast<float>(now.loss) <= static_cast<float>(bound);
}
bool flat_enough(const Sample& start, const Sample& now) { return std::abs(now.slope) <= -c2 * start.slope; }
double halfway(double from, double to) { return from + (to - from) / 2.0; }

}  // namespace

Task<Sample> strong_wolfe(Ask& ask, Sample start, double t, Limits limits) {
  std::int64_t trials = 0;                                // after the first one
  double wall = std::numeric_limits<double>::infinity();  // the shortest step whose sample is not finite

  // Bracketing phase: lengthen the step until an acceptable point is reached or passed.
  Bracket<Sample> bracket{{start, start}, 0};
  Sample before = start;  // the last finite sample before `now`
  t = std::min(t, limits.t_max);
  ask.keep(before);
  Sample now = co_await ask.at(t);
  bool passed = false;
  while (trials < limits.max_trials) {
    if (!now.finite) {
      wall = now.t;
      t = halfway(before.t, now.t);
    } else {
      passed = !sufficient_decrease(start, now, limits.resolution) || (trials > 1 && now.loss >= before.loss);
      if (!passed && flat_enough(start, now)) co_return now;
      passed = passed || now.slope >= 0.0;
      if (passed) break;
      if (now.t >= limits.t_max) co_return now;
      const double least = std::min(now.t + 0.01 * (now.t - before.t), limits.t_max);
      t = cubic_minimiser(before, now, least, std::min(10.0 * now.t, limits.t_max));
      if (t >= wall) {
        if (now.t >= wall / 2.0) co_return now;  // at least half the shortest step that is not finite
        t = halfway(now.t, wall);
      }
      before = now;
    }
    if (!now.finite && (t - before.t) * limits.d_max < bracket_width) co_return before;
    ask.keep(before);
    now = co_await ask.at(t);
    ++trials;
  }
  if (!passed) {
    if (!now.finite) co_return before;
    bracket = Bracket<Sample>::of(start, now);
    co_return bracket.low();
  }

  // Zoom phase: narrow the bracket around an acceptable point.
  bracket = Bracket<Sample>::of(before, now);
  bool hugged = false;
  while (trials < limits.max_trials && (bracket.right() - bracket.left()) * limits.d_max >= bracket_width) {
    t = trial_within(bracket, hugged);
    ask.keep(bracket.low());
    now = co_await ask.at(t);
    ++trials;
    while (!now.finite && trials < limits.max_trials) {
      t = halfway(bracket.low().t, t);
      now = co_await ask.at(t);
      ++trials;
    }
    if (!now.finite) break;
    if (!sufficient_decrease(start, now, limits.resolution) || now.loss >= bracket.low().loss) {
      bracket.replace_high(now);
      continue;
    }
    if (flat_enough(start, now)) co_return now;
    bracket.replace_low(now);
  }
  co_return bracket.low();
}

}  // namespace lbfgs
