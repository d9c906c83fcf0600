#include "core/methods/ends.hpp"

#include <algorithm>
#include <cmath>

namespace lbfgs {
namespace {

// The constants are those that solved most of the problems in test/problems/collection (docs/accuracy.md).
constexpr int small_promises_to_end = 2;
constexpr int stalled_iterations_to_end = 5;
constexpr double most_sensitive = 1e-2;  // sum |g_i x_i| / |loss| at a minimum
constexpr double small_loss = 1e-5;      // relative to the largest |loss| of the solve
constexpr double rounded_loss = 1e-4;    // small_loss where the rounding of x hides the promise
constexpr double least_rounded = 1e-2;   // the least promise, relative to what rounding x changes the loss by
constexpr double lowest_loss = -1e200;

// What rounding x changes the loss by.
double rounded(const Rounding& rounding) { return (rounding.is_float32 ? 0x1p-24 : 0x1p-53) * rounding.sensitivity; }

}  // namespace

Ends::Ends(const Options& options, const Sample& first)
    : grad_bound_(options.tolerance_grad),
      tolerance_change_(options.tolerance_change),
      loss_(first.loss),
      loss_before_(first.loss),
      best_loss_(first.loss) {
  const double relative = options.tolerance_grad_relative * first.grad_max;
  if (relative < grad_bound_) grad_bound_ = relative;  // not where it is NaN
}

bool Ends::promises_little(const Sample& here) const {
  const double loss = std::abs(here.loss);
  return -here.slope / 2.0 <= tolerance_change_ * loss &&
         loss_before_ - here.loss <= std::sqrt(tolerance_change_) * loss;
}

bool Ends::promises_nothing(const Sample& here, double sensitivity) {
  const bool is_small = sensitivity <= std::max(most_sensitive, std::sqrt(tolerance_change_)) * std::abs(here.loss);
  small_promises_ = is_small ? small_promises_ + 1 : 0;
  return small_promises_ >= small_promises_to_end;
}

bool Ends::is_at_noise_floor(const Sample& here, double promised, const Record& record, const Rounding& rounding) {
  const double loss = std::abs(here.loss);
  const double noise = std::max(record.relative_noise() * loss, record.noise_found());
  if (!(promised <= std::max(noise, rounded(rounding)))) return false;
  const double small = promised <= rounded(rounding) ? rounded_loss : small_loss;
  if (loss <= small * record.largest_loss()) return true;
  return rounding.sensitivity <= most_sensitive * loss + 3.0 * std::sqrt(record.noise_found() * loss);
}

bool Ends::has_failed_at_floor(const Sample& here, double promised, const Record& record, const Rounding& rounding) {
  const double most = rounded(rounding);
  const bool is_lost = rounding.is_float32 && promised <= most && promised >= least_rounded * most;
  return is_lost || is_at_noise_floor(here, promised, record, rounding);
}

std::optional<Status> Ends::after(const Sample& here, bool is_longest) {
  loss_before_ = loss_;
  loss_ = here.loss;
  if (gradient_is_small(here)) return Status::converged_gradient;
  if (here.loss < lowest_loss || is_longest) return Status::unbounded;
  if (here.loss < best_loss_ - tolerance_change_ * std::abs(here.loss)) {
    best_loss_ = here.loss;
    stalled_ = 0;
  } else if (++stalled_ >= stalled_iterations_to_end) {
    return Status::converged_loss;
  }
  return std::nullopt;
}

Status Ends::stalled(const Sample& here, double promised, const Record& record, const Rounding& rounding) const {
  // A tolerance above the noise is a wish to stop here. Below the noise only the floor of the noise is an end.
  const bool is_end =
      tolerance_change_ > record.relative_noise() || is_at_noise_floor(here, promised, record, rounding);
  return is_end ? Status::converged_loss : Status::line_search_failed;
}

}  // namespace lbfgs
