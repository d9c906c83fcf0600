// One optimiser: torch.optim.LBFGS without its tensors.
//
// The caller owns the loop. begin() runs the core to its first question; the caller answers with tell() (an evaluation)
// or proceed() (an iteration) until the core is done:
//
//   for (Asked asked = optimiser.begin(options, false); asked != Asked::done;) asked = optimiser.tell(closure());
//
// Propose, validate, commit: within an iteration the new direction, pair and scalars are tentative. cancel() drops
// them.
#pragma once

#include <cstdint>
#include <memory>

#include "core/ask/evaluator.hpp"
#include "core/options.hpp"
#include "core/methods/stalls.hpp"
#include "core/vectors/workspace.hpp"

namespace lbfgs {

/// What torch keeps between steps, the vectors apart.
struct State {
  std::int64_t func_evals = 0;   ///< closure calls so far
  std::int64_t n_iter = 0;       ///< iterations so far; the fields below have a value once it is above 0
  double t = 0.0;                ///< last step length
  double h_diag = 1.0;           ///< H0 = h_diag I
  double prev_loss = 0.0;        ///< loss where the last direction was formed
  Slot prev_gradient = no_slot;  ///< gradient where the last direction was formed (torch's prev_flat_grad)
  /// Leading coordinates that prev_gradient covers; those that have joined since take no part in the next pair. 0: the
  /// last direction was not taken, there is no next pair of it.
  Index known = 0;
  /// Steps in a row, up to 2, that ended without progress (stalls.hpp).
  int stalled = 0;
};

/// Why a step ended. The order is the one of lib/native.ts.
enum class Status : int {
  converged_gradient,
  converged_slope,
  converged_step,
  converged_loss,
  max_iter,
  max_eval,
  line_search_failed,
  non_finite,
  stopped,
  time_limit,
  aborted,
  non_finite_start  ///< the first evaluation was not finite and there is no point to go back to; nothing moved
};

/// How a step, or the iteration just completed, went.
struct Outcome {
  Status status = Status::max_iter;
  double initial_loss = 0.0;  ///< of the step's first evaluation
  double loss = 0.0;          ///< at the last accepted and evaluated point
  double grad_max = 0.0;      ///< max|g| there
  bool current = true;        ///< the parameters are at that point
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  double t = 0.0;  ///< step length of the last iteration
};

class Lbfgs {
public:
  explicit Lbfgs(std::unique_ptr<Workspace> workspace) : workspace_(std::move(workspace)) {
    state_.known = workspace_->size();
  }

  /// Starts a step. report_iterations: ask about each iteration too. A step that still runs is dropped first, without a
  /// look at the caller's arrays. Throws std::invalid_argument with the name of an option that is out of its range,
  /// OutOfMemory where history_size grows too large; nothing else has changed then.
  Asked begin(const Options& options, bool report_iterations);
  // Where these throw (OutOfMemory, std::bad_alloc) the step has ended at the last accepted point.
  /// Answers Asked::evaluate: the loss at the point in the caller's arrays, whose gradients are read now.
  Asked tell(double loss);
  /// Answers Asked::iteration: whether to go on.
  Asked proceed(bool go_on);
  /// Ends the step at the last accepted point with `status`. `evaluated`: the closure was called for the pending
  /// question.
  void cancel(Status status, bool evaluated);

  /// Forgets everything but the memory and the options of the history, as if newly made.
  void reset();

  bool running() const { return step_.running(); }
  /// What the core waits for: Asked::done at rest.
  Asked asked() const { return running() ? ask_.asked() : Asked::done; }
  const Outcome& outcome() const { return outcome_; }
  /// The caller's gradients belong to another point than the parameters: write_gradient() mends it.
  bool gradient_stale() const { return outcome_.current && here_.slot != no_slot && here_.slot != read_slot_; }
  void write_gradient();

  const State& state() const { return state_; }
  /// Takes over a state whose vectors have been imported into the workspace. Where `known` is below 0 it is 0 if the
  /// last step ended at the slope test, which had this tolerance_change, and all coordinates otherwise.
  void load(const State& state, double tolerance_change);
  /// Whether the last move was never evaluated; the workspace's point is where it began then.
  bool unevaluated() const { return unevaluated_; }
  /// After load(): the state ends in such a move, which began at x in the first `known` coordinates, the others being
  /// new.
  void load_unevaluated_move(const void* x, Index known);
  Workspace& workspace() { return *workspace_; }

private:
  Task<Outcome> step();
  Asked ask();
  Summary form_direction(State& next);
  void advance(double t);
  void note_move(double t);
  void commit(State next, const Sample& there);
  void keep_gradient(Sample& sample);
  void roll_back();
  Status return_to_evaluated_point();
  Outcome ended(Status status) const;

  std::unique_ptr<Workspace> workspace_;
  State state_;
  Options options_;
  bool report_iterations_ = false;

  Evaluator ask_;
  Task<Outcome> step_;
  Outcome outcome_;
  Sample here_;                // the last accepted sample of this step
  Slot read_slot_ = no_slot;   // where the caller's gradients were last read to
  bool point_known_ = false;   // x holds the accepted point of the running step
  bool finite_trial_ = false;  // the line search has seen a finite trial
  bool trial_finite_ = true;   // of the point last written
  bool unevaluated_ = false;   // the last move was never evaluated; x is where it began
  Progress progress_;          // of this step
  int stalled_before_ = 0;     // state_.stalled when this step began; 0 once it has restarted
};

}  // namespace lbfgs
