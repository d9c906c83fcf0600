// What an iteration of a solve leaves for the next one, and how a solve begins anew.
#pragma once

#include "core/methods/step.hpp"

namespace lbfgs {

struct Course {
  bool has_history = false;
  bool goes_relative = false;  // the next direction is that of relative_descent()
  bool went_relative = false;  // the direction of relative_descent() has been taken, which happens once in a solve
  double decrease = 0.0;       // -g . s of the last move; 0: there is none that a pair could be made of
  double promised = 0.0;  // the decrease that the last direction with a history promised, or the first direction of all
};

void forget_history(Step& step, Course& course);

/// To be called where neither the pairs nor -g lower the loss any more: the sizes of the entries of x may be too far
/// apart. Returns whether relative_descent() is to be tried.
bool try_relative(Step& step, Course& course);

/// After a failed search: begins anew, from -g or else by relative_descent(). Returns whether there is anything left to
/// try.
bool try_another(Step& step, Course& course);

/// Adds the pair of the last move to the history, if the policy takes it.
void take_pair(const Curvature& pair, Step& step, Course& course, State& next);

}  // namespace lbfgs
