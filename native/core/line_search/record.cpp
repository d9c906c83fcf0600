#include "core/line_search/record.hpp"

#include <limits>

namespace lbfgs {

double Record::residual_order() const {
  // Residuals of about the rounding error of the loss tell nothing.
  const double least = 1e-14 * std::max(std::abs(start_.loss), largest_loss_);
  const auto shortest_from = [&](double t) {
    const Sample* found = nullptr;
    for (const Sample* trial = trials_; trial != trials_ + count_; ++trial) {
      const bool tells = trial->finite && std::abs(residual(*trial)) > least;
      if (tells && trial->t >= t && (found == nullptr || trial->t < found->t)) found = trial;
    }
    return found;
  };
  const Sample* const shortest = shortest_from(0.0);
  const Sample* const longer = shortest == nullptr ? nullptr : shortest_from(4.0 * shortest->t);
  if (longer == nullptr) return std::numeric_limits<double>::quiet_NaN();
  return std::log(std::abs(residual(*longer) / residual(*shortest))) / std::log(longer->t / shortest->t);
}

}  // namespace lbfgs
