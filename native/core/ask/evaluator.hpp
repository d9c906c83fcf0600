// How the algorithm asks the caller.
#pragma once

#include <cstdint>

#include "core/ask/sample.hpp"
#include "core/ask/task.hpp"

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
  /// Asks for the sample at x + t d, of which `kept` must keep its gradient; where that is, `kept` tells afterwards.
  Question<Sample> at(double t, Sample& kept) {
    asked_ = Asked::evaluate;
    t_ = t;
    kept_ = &kept;
    return {waiting_, sample_};
  }

  /// Reports a complete iteration; the answer is whether to go on.
  Question<bool> iteration() {
    asked_ = Asked::iteration;
    return {waiting_, go_on_};
  }

  Asked asked() const { return asked_; }
  double t() const { return t_; }
  Sample& kept() const { return *kept_; }
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
  Sample* kept_ = nullptr;
  Sample sample_;
  bool go_on_ = true;
  std::int64_t evaluations_ = 0;
};

}  // namespace lbfgs
