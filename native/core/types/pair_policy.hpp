// Which curvature pairs are taken.
#pragma once

#include <cmath>
#include <limits>

#include "core/types/summary.hpp"

namespace lbfgs {

/// A pair is taken where y . s is above the bound and the scale (y . s) / (y . y) is a positive normal number.
struct PairPolicy {
  double least = 1e-10;   ///< the bound on y . s, torch's by default; >= 0
  bool relative = false;  ///< the bound is `least` times y . y

  bool takes(const Curvature& pair) const {
    const double bound = relative ? least * pair.yy : least;
    const bool is_scaled = pair.scale() >= std::numeric_limits<double>::min() && std::isfinite(pair.scale());
    return pair.ys > bound && std::isfinite(pair.ys) && is_scaled;
  }
};

}  // namespace lbfgs
