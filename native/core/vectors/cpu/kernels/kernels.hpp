// The loops over entries of vectors, compiled once for each instruction set.
//
// Products are taken and summed in double, in eight interleaved partial sums. All instruction sets give the same bits.
// A vector may be empty. The arrays of one call do not overlap unless the comment of the function says so.
#pragma once

#include <tuple>

#include "core/types/index.hpp"
#include "core/types/summary.hpp"
#include "core/vectors/cpu/kernels/lengths.hpp"

namespace lbfgs {

/// Passes over vectors of the computing type T.
template <class T>
struct VectorKernels {
  /// a . b; a and b may be the same.
  double (*dot)(const T* a, const T* b, Index n);
  /// sum |a|
  double (*norm1)(const T* a, Index n);
  /// Returns the summary of v, with v . v as its product.
  Summary (*summarise)(const T* v, Index n);
  /// d <- -gamma g. Returns the summary of d, with d . g as its product.
  Summary (*steepest)(double gamma, const T* g, T* d, Index n);
};

/// Passes over the caller's entries of type E and vectors of the computing type T.
template <class T, class E>
struct CallerKernels {
  /// g <- in, unless g is null. Returns the summary of `in`, with its product with d unless d is null.
  Summary (*read)(const E* in, T* g, const T* d, Index n);
  /// out <- x + t d, rounded to E; returns whether all of it is finite.
  bool (*move)(const T* x, double t, const T* d, E* out, Index n);
  /// x <- x + t d, as `move` rounds it.
  void (*advance)(T* x, double t, const T* d, Index n);
};

/// The products of a pair (s, y) with a diagonal matrix D and with its inverse.
struct DiagonalProducts {
  double y_d_y = 0.0;  ///< y . D y
  double s_b_s = 0.0;  ///< s . D^-1 s
  double ss = 0.0;     ///< s . s
};

/// A ring buffer of curvature pairs, whose entries are stored as H, and the numbers that belong to each pair, by its
/// row.
template <class H>
struct PairRing {
  const H* s;
  const H* y;
  Index stride;  ///< from one row to the next
  Index rows;
  Index oldest;
  Index newest;
  const double* rho;
  const double* links;                       ///< products of the pair's y with the s of the pair before it
  double* alphas;                            ///< scratch space for the alphas of the first loop
  const double* inverse_diagonal = nullptr;  ///< the inverse of H0, or null: H0 = h_diag I
};

/// Passes over curvature pairs stored as H, for the computing type T.
template <class T, class H>
struct PairKernels {
  /// s <- t d, y <- g - g_before, rounded to T and then to H. Returns the products of the stored s and y.
  Curvature (*form)(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n);
  /// As `form`, and adds the products of s and y with the diagonal matrix of this inverse to `products`.
  Curvature (*form_with_diagonal)(double t, const T* d, const T* g, const T* g_before, H* s, H* y,
                                  const double* inverse, Index n, DiagonalProducts& products);
  /// Writes the same s and y, which begin on cache lines, to memory by non-temporal stores.
  void (*write_past_caches)(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n);
  /// For each of the rows: with_g <- row . g.
  void (*dots)(const H* const* rows, Index count, const T* g, Index n, double* with_g);
  /// For each of the rows: with_sum <- row . sum.
  void (*sum_dots)(const H* const* rows, Index count, const double* sum, Index n, double* with_sum);
  /// For each of the rows: with_y <- row . y, where y is a stored row.
  void (*stored_dots)(const H* const* rows, Index count, const H* y, Index n, double* with_y);
  /// Both `dots` and `stored_dots` in one pass over the rows.
  void (*two_dots)(const H* const* rows, Index count, const T* g, const H* y, Index n, double* with_g, double* with_y);
  /// sum <- scale g + coefficients[0] rows[0] + coefficients[1] rows[1] + …, count >= 1, and unless with_sum is null,
  /// for each of the rows: with_sum <- row . sum. For T = float the coefficients are rounded to 29 bits, and are 0
  /// below 2^-896 and infinite from 2^890 on.
  void (*combine)(double scale, const T* g, const H* const* rows, const double* coefficients, Index count, double* sum,
                  Index n, double* with_sum);
  /// As `combine`, with sum <- scale sum + coefficients[0] rows[0] + …
  void (*add_rows)(double scale, const H* const* rows, const double* coefficients, Index count, double* sum, Index n,
                   double* with_sum);
  /// d <- scale sum + coefficients[0] rows[0] + …, rounded to T. Returns the summary of d, with d . g as its product.
  /// `sum` may be d; where it is another array, it holds a partial result afterwards.
  Summary (*finish)(double scale, const H* const* rows, const double* coefficients, Index count, double* sum,
                    const T* g, T* d, Index n);
  /// d <- -H g by the two-loop recursion. Returns the summary of d, with d . g as its product. 0 < n < blocks_from, and
  /// in the scalar kernels n < lanes_from.
  Summary (*pair_by_pair)(const PairRing<H>& pairs, double h_diag, const T* g, T* d, Index n);
};

/// What a pair changes in the inverse of a diagonal matrix:
/// 1/D_i <- scale / D_i + y_factor y_i^2 - s_factor (s_i / D_i)^2
struct DiagonalChange {
  double scale;
  double y_factor;
  double s_factor;
};

/// The bounds on the entries of a diagonal matrix and of its inverse.
inline constexpr double least_diagonal = 0x1p-1000;
inline constexpr double most_diagonal = 0x1p+1000;

/// Passes over a diagonal matrix D, given by the entries of its inverse, and pairs stored as H.
template <class H>
struct DiagonalKernels {
  DiagonalProducts (*products)(const H* s, const H* y, const double* inverse, Index n);
  /// out <- the inverse after the change; `out` may be `inverse`. An entry that would be NaN or out of bounds is scaled
  /// only, or stays as it is where that is out of bounds, too.
  void (*update)(const DiagonalChange& change, const H* s, const H* y, const double* inverse, double* out, Index n);
  /// q <- D q
  void (*multiply)(const double* inverse, double* q, Index n);
};

/// A segment of a region (types/region.hpp), n entries each.
struct RegionPart {
  const double* lower;
  const double* upper;
  const double* weights;
};

/// What the evaluation of a trial finds in a region. s is how far x has moved.
struct RegionSums {
  Summary gradient;          ///< product: along the entries of d that no bound has stopped; max: the residual
  double end_product = 0.0;  ///< s . the gradient of loss and penalty at the trial
  double penalty = 0.0;      ///< sum weights_i |x_i| at the trial

  void add(const RegionSums& next) {
    gradient.add(next.gradient);
    end_product += next.end_product;
    penalty += next.penalty;
  }
};

/// A direction in a region.
struct RegionLine {
  Summary d;
  double last_stop = 0.0;  ///< the step after which every entry has been stopped; infinite: one never is
  double relative = 0.0;   ///< max |d_i| / r_i, r_i half the width of the box, or max(1, |x_i|) where it has no end

  void add(const RegionLine& next) {
    d.add(next.d);
    last_stop = last_stop < next.last_stop ? next.last_stop : last_stop;
    relative = relative < next.relative ? next.relative : relative;
  }
};

/// Passes over a region. With a penalty an entry stays in its orthant: 0 is a bound for it.
struct RegionKernels {
  /// Which entries are free, 1 or 0: those that no bound holds from going along minus the gradient of loss and penalty.
  /// slopes <- that gradient, 0 where an entry is not free.
  void (*face)(const RegionPart& region, const double* x, const double* g, double* slopes, double* is_free, Index n);
  /// out <- x + t d, stopped at the bounds. Returns s . the gradient of loss and penalty at x as the product, how many
  /// entries a bound has stopped as the maximum, and whether all of `out` is finite.
  Summary (*move)(const RegionPart& region, const double* x, double t, const double* d, const double* g, double* out,
                  Index n);
  /// g <- in, unless g is null, with 0 for entries whose bounds are equal. d null: the trial is x.
  RegionSums (*read)(const RegionPart& region, const double* in, const double* x, double t, const double* d, double* g,
                     Index n);
  /// d <- d for the entries that are free and that no bound holds, 0 for the others; inside: and no further than to the
  /// bounds. The product of d is that with slopes.
  RegionLine (*settle)(const RegionPart& region, const double* x, const double* slopes, const double* is_free,
                       bool inside, double* d, Index n);
  /// x <- x + t d, stopped at the bounds, and d <- how far it has moved.
  void (*advance)(const RegionPart& region, double* x, double t, double* d, Index n);
};

/// Everything that is compiled once for each instruction set.
using Kernels = std::tuple<VectorKernels<float>, VectorKernels<double>, CallerKernels<float, float>,
                           CallerKernels<float, double>, CallerKernels<double, float>, CallerKernels<double, double>,
                           PairKernels<float, float>, PairKernels<double, float>, PairKernels<double, double>,
                           DiagonalKernels<float>, DiagonalKernels<double>, RegionKernels>;

}  // namespace lbfgs
