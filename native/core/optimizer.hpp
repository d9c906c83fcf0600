// One optimiser: torch.optim.LBFGS without its tensors.
//
// The caller owns the loop. begin() runs the core to its first request; the caller answers with tell() (an evaluation),
// proceed() (an iteration) or reduced() (a reduction) until the core is done:
//
//   for (Asked asked = optimizer.begin(options, false); asked != Asked::done;) asked = optimizer.tell(closure());
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/ask/ask.hpp"
#include "core/methods/step.hpp"
#include "core/types/options.hpp"
#include "core/types/outcome.hpp"
#include "core/types/state.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

class Optimizer {
public:
  explicit Optimizer(std::unique_ptr<Vectors> vectors) : vectors_(std::move(vectors)) {
    state_.known = vectors_->size();
  }
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Starts a step. report_iterations: request an answer after each iteration too. A step that still runs is dropped
  /// first, without a look at the caller's arrays. Throws std::invalid_argument with the name of an option that is out
  /// of its range, OutOfMemory where history_size grows too large; nothing else has changed then.
  Asked begin(const Options& options, bool report_iterations);
  // Where tell(), proceed() or reduced() throws (OutOfMemory, std::bad_alloc), the step has ended at the last accepted
  // point.
  /// Answers Asked::evaluate: the loss at the point in the caller's arrays, whose gradients are read now.
  Asked tell(double loss);
  /// Answers Asked::iteration: whether to go on.
  Asked proceed(bool go_on);
  /// Answers Asked::reduce: sums() has been combined with the numbers of the other processes.
  Asked reduced();
  /// Ends the step at the last accepted point with `status`. `evaluated`: the closure was called for the pending
  /// request.
  void cancel(Status status, bool evaluated);

  /// Forgets everything but the memory and the options of the history, as if newly made.
  void reset();
  /// Sets whether several processes hold the parameters, each a part of them, from the next step on. The vectors are
  /// those of this process' part, have the compact recursion, no region, and no pairs yet. After a state was loaded or
  /// extended, or begin() has changed the history, a step begins with a reduction of the state (State::uncombined).
  void set_distributed(bool distributed) {
    distributed_ = distributed;
    vectors_->set_distributed(distributed);
  }

  bool running() const { return task_.running(); }
  /// The pending request; Asked::done at rest.
  Asked asked() const { return running() ? step_.ask.asked() : Asked::done; }
  const Sums& sums() const { return step_.ask.sums(); }
  const Outcome& outcome() const { return step_.outcome; }
  /// Whether the caller's gradients are those of another point than the parameters; write_gradient() corrects that.
  bool gradient_stale() const { return step_.gradient_stale(); }
  void write_gradient();
  /// The trials of the last line search, and its limits.
  const Record& last_search() const { return step_.record; }
  const Limits& last_limits() const { return step_.limits; }

  const State& state() const { return state_; }
  /// Allocates what a history of these options needs, so that nothing throws until it has been imported. Throws
  /// OutOfMemory and leaves everything as it was.
  void prepare_load(const Options& options);
  /// Takes over a state whose vectors have been imported, x too if it is `unevaluated`. Where `known` is below 0
  /// (torch's states), all coordinates are known, and the last direction was not taken if d . g > -tolerance_change.
  void load(const State& state, double tolerance_change);
  /// Takes over the state of an optimiser whose parameters are the first ones of this one. The new coordinates are 0 in
  /// the history and, until the next iteration, not `known`. The caller's arrays must be those of the next step. Throws
  /// OutOfMemory; the optimiser is to be dropped then.
  void extend(const Optimizer& from);
  Vectors& vectors() { return *vectors_; }
  const Vectors& vectors() const { return *vectors_; }

private:
  Asked request();
  Asked answer(const Sample& sample);
  Asked combine(Sample sample);

  std::unique_ptr<Vectors> vectors_;
  State state_;
  bool distributed_ = false;
  Step step_{*vectors_, state_};
  Task<Outcome> task_;
  bool trial_finite_ = true;  // the trial written last is finite
};

}  // namespace lbfgs
