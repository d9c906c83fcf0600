// Cubic interpolation: numbers in, number out.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/ask/sample.hpp"

namespace lbfgs {

/// The minimiser of the cubic that fits loss and slope at `a` and `b`, clamped to [lower, upper];
/// the middle of [lower, upper] where that cubic has no minimiser. a.t != b.t; both finite.
///
/// Source: Nocedal & Wright eq. 3.59; torch's _cubic_interpolate. Departure: where rounding makes the formula 0/0 torch
/// goes on with a NaN step, here the middle is returned.
inline double cubic_minimiser(const Sample& a, const Sample& b, double lower, double upper) {
  const Sample& left = a.t <= b.t ? a : b;
  const Sample& right = a.t <= b.t ? b : a;
  const double middle = std::midpoint(lower, upper);
  const double d1 = left.slope + right.slope - 3.0 * (left.loss - right.loss) / (left.t - right.t);
  const double d2_squared = d1 * d1 - left.slope * right.slope;
  if (!(d2_squared >= 0.0)) return middle;
  const double d2 = std::sqrt(d2_squared);
  const double t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2.0 * d2));
  return std::isnan(t) ? middle : std::clamp(t, lower, upper);
}

}  // namespace lbfgs
