// The numbers that passes over vectors return.
#pragma once

#include "core/types/index.hpp"

namespace lbfgs {

/// What one pass over a vector v finds.
struct Summary {
  double product = 0.0;  ///< v . w, for a w that the pass names
  double max = 0.0;      ///< max|v|, over the entries that are not NaN
  bool finite = true;    ///< every entry of v is finite

  /// Adds the summary of the next chunk.
  void add(const Summary& next) {
    product += next.product;
    max = max < next.max ? next.max : max;
    finite = finite && next.finite;
  }
};

/// A trial that has left the straight line x + t d because a bound stopped some of its entries. x moved by s.
struct Bend {
  bool is_bent = false;        ///< false: x moved by t d, and the products are not known
  double start_product = 0.0;  ///< s . the gradient at the line's start
  double end_product = 0.0;    ///< s . the gradient at the trial
};

/// What the evaluation of a trial finds. The product in the summary of the gradient is the one with the direction in
/// which the trial still moves.
struct Reading {
  Summary gradient;
  Bend bend;
  double penalty = 0.0;  ///< to be added to the loss
};

/// The products that decide about a curvature pair.
struct Curvature {
  double ys = 0.0;  ///< y . s
  double yy = 0.0;  ///< y . y

  /// gamma, the scale of H0 (Nocedal & Wright eq. 7.20).
  double scale() const { return ys / yy; }
};

/// The numbers of a reduction: each process has those of its part, and they are combined in place.
struct Sums {
  double* added;  ///< the sums over the processes
  Index added_count;
  double* largest;  ///< the maxima over the processes
  Index largest_count;
};

}  // namespace lbfgs
