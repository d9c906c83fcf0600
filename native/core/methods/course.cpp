#include "core/methods/course.hpp"

namespace lbfgs {

void forget_history(Step& step, Course& course) {
  step.vectors.clear_history();
  course.has_history = false;
  course.decrease = 0.0;
}

bool try_relative(Step& step, Course& course) {
  if (course.went_relative || !step.vectors.has_diagonal() || step.record.blames_gradient()) return false;
  course.goes_relative = course.went_relative = true;
  forget_history(step, course);
  return true;
}

bool try_another(Step& step, Course& course) {
  if (!course.has_history) return try_relative(step, course);
  forget_history(step, course);
  return true;
}

void take_pair(const Curvature& pair, Step& step, Course& course, State& next) {
  if (step.options.pair_policy.takes(pair, course.decrease)) {
    step.vectors.push_pair(pair);
    next.h_diag = pair.scale();
    course.has_history = true;
  }
  course.decrease = 0.0;
}

}  // namespace lbfgs
