// What a step works on: the accepted point, what an iteration proposes, and how that becomes the state or is dropped.
#pragma once

#include "core/ask/ask.hpp"
#include "core/ask/sample.hpp"
#include "core/line_search/line_search.hpp"
#include "core/line_search/record.hpp"
#include "core/methods/stalls.hpp"
#include "core/types/options.hpp"
#include "core/types/outcome.hpp"
#include "core/types/state.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

/// Propose, validate, commit: nothing of an iteration is in `state` before commit(), and roll_back() drops it.
struct Step {
  /// A new step. distributed: several processes hold the parameters.
  void begin(const Options& new_options, bool reports, bool distributed);
  /// The next line begins at `here`.
  void begin_line() { ask.begin_line(row_besides(state.prev_gradient, here.slot)); }

  bool has_line_search() const { return options.line_search != LineSearch::none; }
  /// Begins the record of the line from `here` along the direction formed last. Returns the limits for the line search.
  /// d_max: max|d|.
  const Limits& begin_search(double d_max);

  /// x <- x + t d, the point of the sample `there`.
  void advance(const Sample& there);
  /// How far the step has gone after a move of t, as far as this process knows.
  Progress progress_of(double t) const;
  /// Makes what the iteration proposed the state, and `there` the accepted sample.
  void commit(const State& next, const Sample& there);
  /// Drops what the iteration proposed.
  void roll_back();
  /// Restores the point before the last step's move, which was never evaluated.
  void undo_unevaluated_move();
  /// The numbers of a state that is not combined yet (State::uncombined), for a reduction.
  Sums uncombined();
  /// Takes over the numbers of uncombined(), which have been combined.
  void take_uncombined(const Sums& sums);
  /// The outcome if the step ended here.
  Outcome ended(Status status) const;
  /// Whether the caller's gradients belong to another point than the parameters.
  bool gradient_stale() const { return outcome.current && here.slot != no_slot && here.slot != read_slot; }

  Vectors& vectors;  // vectors and state belong to the optimiser
  State& state;
  Options options = {};
  bool report_iterations = false;
  Ask ask = {};
  Record record = {};  // of the line searches of the step
  Limits limits = {};  // of the last line search
  Outcome outcome = {};
  Sample here = {};           // the last accepted sample
  Slot read_slot = no_slot;   // where the caller's gradients were last read to
  bool point_known = false;   // x holds the accepted point of this step
  bool holds_trial = false;   // when the step began, the caller's arrays held the last move, which was not evaluated
  bool finite_trial = false;  // the line search has seen a finite trial
  Progress progress = {};
  double loaded_tolerance = 0.0;  // tolerance_change when the state was loaded, for State::slope_decides
  int stalled_before = 0;         // state.stalled when the step began; 0 once it has restarted
};

}  // namespace lbfgs
