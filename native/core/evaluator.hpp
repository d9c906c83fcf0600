// How the algorithm asks the caller.
#pragma once

#include <cstdint>

#include "sample.hpp"
#include "task.hpp"

namespace lbfgs {

/// What the caller is asked for next.
enum class Asked : int {
  done = 0,      ///< nothing: the step has ended
  evaluate = 1,  ///< the loss and the gradient at x + t d
  iteration = 2  ///< an iteration is complete: go on?
};

/// The algorithm's side asks (`at`, `iteration`); the caller's side reads what was asked and answers.
class Evaluator {
public:
  /// Asks for the sample at x + t d, its gradient to be kept in `slot`.
  Question<Sample> at(double t, Slot slot) {
    asked_ = Asked::evaluate;
    t_ = t;
    slot_ = slot;
    return {waiting_, sample_};
  }

  /// Reports a complete iteration; the answer is whether to go on.
  Question<bool> iteration() {
    asked_ = Asked::iteration;
    return {waiting_, go_on_};
  }

  Asked asked() const { return asked_; }
  double t() const { return t_; }
  Slot slot() const { return slot_; }
  /// Evaluations answered since `reset`.
  std::int64_t evaluations() const { return evaluations_; }

  void reset() {
    asked_ = Asked::done;
    evaluations_ = 0;
  }
  void answer(const Sample& sample) {
    sample_ = sample;
    ++evaluations_;
    resume();
  }
  void answer(bool go_on) {
    go_on_ = go_on;
    resume();
  }

private:
  void resume() {
    asked_ = Asked::done;
    waiting_.at.resume();
  }

  Waiting waiting_;
  Asked asked_ = Asked::done;
  double t_ = 0.0;
  Slot slot_ = no_slot;
  Sample sample_;
  bool go_on_ = true;
  std::int64_t evaluations_ = 0;
};

}  // namespace lbfgs
