#include "core/line_search/record.hpp"

#include <limits>

namespace lbfgs {

double Record::residual_order() const {
  const auto residual = [&](const Sample& trial) {
    return std::abs(trial.loss - start_.loss - trial.t * (start_.slope + trial.slope) / 2.0);
  };
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto by_step = [](const Sample& a, const Sample& b) { return a.t < b.t; };
  const auto [shortest, longest] = std::minmax_element(trials_, trials_ + count_, by_step);
  return std::log(residual(*longest) / residual(*shortest)) / std::log(longest->t / shortest->t);
}

}  // namespace lbfgs
