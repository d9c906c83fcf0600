#include "core/line_search/record.hpp"

#include <limits>

namespace lbfgs {

double Record::residual_order() const {
  // Residuals within the noise tell nothing, so the shortest step is the shortest one whose residual is larger. It is
  // compared with one that is longer by up to a thousand times: further away a function is not smooth enough.
  constexpr double least_span = 4.0;
  constexpr double wanted_span = 1e3;
  const Sample* shortest = nullptr;
  const Sample* longer = nullptr;
  const auto tells = [&](const Sample& trial) { return trial.finite && std::abs(residual(trial)) > noise(); };
  for (const Sample* trial = trials_; trial != trials_ + count_; ++trial) {
    if (tells(*trial) && (shortest == nullptr || trial->t < shortest->t)) shortest = trial;
  }
  if (shortest == nullptr) return std::numeric_limits<double>::quiet_NaN();
  const double wanted = wanted_span * shortest->t;
  for (const Sample* trial = trials_; trial != trials_ + count_; ++trial) {
    if (!tells(*trial) || trial->t < least_span * shortest->t) continue;
    const bool is_nearer = longer == nullptr || (longer->t > wanted && trial->t < longer->t) ||
                           (trial->t <= wanted && trial->t > longer->t);
    if (is_nearer) longer = trial;
  }
  if (longer == nullptr) return std::numeric_limits<double>::quiet_NaN();
  return std::log10(std::abs(residual(*longer) / residual(*shortest))) / std::log10(longer->t / shortest->t);
}

}  // namespace lbfgs
