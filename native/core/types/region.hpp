// Where x may go, and what its distance from 0 costs.
#pragma once

namespace lbfgs {

/// One number for all coordinates, or a number for each. The array belongs to the caller.
struct PerCoordinate {
  double same = 0.0;
  const double* each = nullptr;  ///< n numbers; null: `same` counts
};

/// The box lower <= x <= upper and the penalty sum weights_i |x_i|. lower <= upper, which may be infinite; weights are
/// finite and >= 0.
struct Region {
  PerCoordinate lower;
  PerCoordinate upper;
  PerCoordinate weights;
};

}  // namespace lbfgs
