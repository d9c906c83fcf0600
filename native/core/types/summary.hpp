// The numbers that passes over vectors return.
#pragma once

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

/// The products that decide about a curvature pair.
struct Curvature {
  double ys = 0.0;  ///< y . s
  double yy = 0.0;  ///< y . y

  /// gamma, the scale of H0 (Nocedal & Wright eq. 7.20).
  double scale() const { return ys / yy; }
};

}  // namespace lbfgs
