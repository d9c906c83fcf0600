// Which curvature pairs are taken.
#pragma once

#include <cmath>
#include <limits>

#include "core/types/summary.hpp"

namespace lbfgs {

/// Decides whether a pair is taken: y . s is above the bound and the scale (y . s) / (y . y) is a positive normal
/// number.
struct PairPolicy {
  double least = 1e-10;   ///< the bound on y . s, torch's by default; >= 0
  bool relative = false;  ///< the bound is `least` times |g . s|, g the gradient where the move began

  /// The policy of L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995, "A limited memory algorithm for bound constrained
  /// optimization", section 3.2, in the form of its code), which does not depend on the units of the loss and of x.
  static PairPolicy relative_to_slope() { return {std::numeric_limits<double>::epsilon(), true}; }

  /// decrease: -g . s
  bool takes(const Curvature& pair, double decrease) const {
    const double bound = relative ? least * std::abs(decrease) : least;
    const bool is_scaled = pair.scale() >= std::numeric_limits<double>::min() && std::isfinite(pair.scale());
    return pair.ys > bound && std::isfinite(pair.ys) && is_scaled;
  }
};

}  // namespace lbfgs
