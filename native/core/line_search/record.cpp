#include "core/line_search/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace lbfgs {

double Record::residual_order() const {
  // Residuals within the noise tell nothing, so `shortest` is the shortest trial whose residual is larger. `longer` is
  // up to a thousand times as long if there is such a trial: further away a function is not smooth enough.
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

bool Record::blames_gradient() const {
  const double order = residual_order();
  return order >= 0.5 && order <= 1.6;
}

double Record::noise_of_shortest() const {
  constexpr std::size_t wanted = 3;
  constexpr double least_span = 10.0;
  std::array<Sample, most> moved;
  Sample* const end = std::copy_if(trials_, trials_ + count_, moved.data(),
                                   [&](const Sample& trial) { return trial.finite && !is_unchanged(trial); });
  if (end - moved.data() < static_cast<std::ptrdiff_t>(wanted)) return 0.0;
  std::partial_sort(moved.data(), moved.data() + wanted, end,
                    [](const Sample& one, const Sample& other) { return one.t < other.t; });
  std::array<double, wanted> sizes;
  std::transform(moved.begin(), moved.begin() + wanted, sizes.begin(),
                 [&](const Sample& trial) { return std::abs(residual(trial)); });
  const double of_shortest = sizes[0];
  std::sort(sizes.begin(), sizes.end());
  const double span = moved[wanted - 1].t / moved[0].t;
  const bool shrinks = of_shortest < sizes[wanted - 1] / std::sqrt(span);
  return span < least_span || shrinks ? 0.0 : 2.0 * sizes[wanted / 2];
}

}  // namespace lbfgs
