#include "core/methods/ends.hpp"

#include <algorithm>
#include <cmath>

namespace lbfgs {
namespace {

// The constants are those that solved most of the problems in test/problems/collection (docs/accuracy.md).
constexpr int small_promises_to_end = 2;
constexpr int stalled_iterations_to_end = 5;
constexpr double most_sensitive = 1e-2;  // sum |g_i x_i| / |loss| at a minimum
constexpr double small_loss = 1e-5;      // beside the largest of the solve
constexpr double lowest_loss = -1e200;

// The relative rounding error of the numbers that the function computes in. Where its loss and its gradient are numbers
// of float32, it is taken to compute in float32.
double unit_roundoff(const Sample& here, Vectors& vectors) {
  const bool is_float32 = static_cast<double>(static_cast<float>(here.loss)) == here.loss;
  return is_float32 && vectors.gradient_is_float32(here.slot) ? 0x1p-24 : 0x1p-53;
}

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

bool Ends::promises_nothing(const Sample& here, Vectors& vectors) {
  const double loss = std::abs(here.loss);
  const double small = std::sqrt(tolerance_change_);
  const bool is_small = -here.slope / 2.0 <= tolerance_change_ * loss && loss_before_ - here.loss <= small * loss &&
                        vectors.sensitivity(here.slot) <= std::max(most_sensitive, small) * loss;
  small_promises_ = is_small ? small_promises_ + 1 : 0;
  return small_promises_ >= small_promises_to_end;
}

bool Ends::is_at_noise_floor(const Sample& here, double promised, const Record& record, Vectors& vectors) {
  const double loss = std::abs(here.loss);
  const double sensitivity = vectors.sensitivity(here.slot);
  const double rounding = unit_roundoff(here, vectors) * sensitivity;
  const double noise = std::max(record.relative_noise() * loss, record.noise_found());
  if (!(promised <= std::max(noise, rounding))) return false;
  if (loss <= small_loss * record.largest_loss()) return true;
  return sensitivity <= most_sensitive * loss + 3.0 * std::sqrt(record.noise_found() * loss);
}

std::optional<Status> Ends::after(const Sample& here, double promised, bool is_longest, const Record& record,
                                  Vectors& vectors) {
  loss_before_ = loss_;
  loss_ = here.loss;
  if (gradient_is_small(here)) return Status::converged_gradient;
  if (here.loss < lowest_loss || is_longest) return Status::unbounded;
  if (here.loss < best_loss_ - tolerance_change_ * std::abs(here.loss)) {
    best_loss_ = here.loss;
    stalled_ = 0;
  } else if (++stalled_ >= stalled_iterations_to_end) {
    // A tolerance above the noise is a wish to stop here. Below the noise only the floor of the noise is an end.
    const bool is_end =
        tolerance_change_ > record.relative_noise() || is_at_noise_floor(here, promised, record, vectors);
    return is_end ? Status::converged_loss : Status::line_search_failed;
  }
  return std::nullopt;
}

}  // namespace lbfgs
