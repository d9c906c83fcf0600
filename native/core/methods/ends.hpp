// When a solve is over.
//
// Every test is relative, so that the unit of the loss and that of x do not matter. -g.d / 2 is the decrease that a
// quadratic along the line promises, and sum |g_i x_i| the change in the loss that a relative change in every entry of
// x makes.
#pragma once

#include <optional>

#include "core/ask/reduction.hpp"
#include "core/ask/sample.hpp"
#include "core/line_search/record.hpp"
#include "core/types/options.hpp"
#include "core/types/outcome.hpp"

namespace lbfgs {

/// The tests of one solve, and what they remember of its iterations.
class Ends {
public:
  /// first: the sample at the start.
  Ends(const Options& options, const Sample& first);

  /// max|g| <= min(tolerance_grad, tolerance_grad_relative max|g at the start|)
  bool gradient_is_small(const Sample& here) const { return here.grad_max <= grad_bound_; }
  double grad_bound() const { return grad_bound_; }

  /// Whether two directions in a row, both of the history, have promised a decrease too small to be seen, -g.d / 2 <=
  /// tolerance_change |loss|, after an iteration that brought at most sqrt(tolerance_change) |loss|, while
  /// sum |g_i x_i| <= 0.01 |loss|, or sqrt(tolerance_change) |loss| where that is more. To be asked once for each
  /// direction. sensitivity: sum |g_i x_i| where the rest holds, otherwise infinite.
  bool promises_nothing(const Sample& here, double sensitivity);
  /// The part of promises_nothing() that does not need sum |g_i x_i|: whether this direction promises a decrease too
  /// small to be seen, and the last iteration brought little. here.slope is g.d.
  bool promises_little(const Sample& here) const;

  /// Whether losses are too noisy for a lower one to be found: the promised decrease is at most the noise of the loss,
  /// or what rounding x changes the loss by, and either |loss| is small relative to the largest |loss| at which a line
  /// of the solve began, or sum |g_i x_i| is small relative to |loss| and the noise.
  static bool is_at_noise_floor(const Sample& here, double promised, const Record& record, const Rounding& rounding);
  /// Whether a failed search is an end: is_at_noise_floor() holds, or the step was lost in rounding x to float32. It
  /// was where the promise is 0.01 to 1 of what that rounding changes the loss by, 2^-24 sum |g_i x_i|. A smaller
  /// promise comes from a history that rounding has spoilt, and tells nothing.
  static bool has_failed_at_floor(const Sample& here, double promised, const Record& record, const Rounding& rounding);

  /// The test that ends the solve after an iteration. is_longest: the move was the longest one that there is.
  /// Status::converged_loss: no loss has been lower for some iterations, and stalled() decides.
  std::optional<Status> after(const Sample& here, bool is_longest);
  /// Whether a loss that does not get lower any more is an end or a failure.
  Status stalled(const Sample& here, double promised, const Record& record, const Rounding& rounding) const;
  /// Forgets how many iterations so far promised or brought nothing.
  void begin_anew() { small_promises_ = stalled_ = 0; }

private:
  double grad_bound_;
  double tolerance_change_;
  double loss_;             // after the last iteration
  double loss_before_;      // before the last iteration
  int small_promises_ = 0;  // directions in a row that promised too little
  double best_loss_;        // the last loss that was lower by more than tolerance_change |loss|
  int stalled_ = 0;         // iterations since best_loss_
};

}  // namespace lbfgs
