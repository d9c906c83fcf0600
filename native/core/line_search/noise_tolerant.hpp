// A line search that allows for noise in the losses.
#pragma once

#include "core/line_search/line_search.hpp"

namespace lbfgs {

/// The search of strong_wolfe.hpp, with six changes.
///
/// 1. Where the loss differs from that of the start by no more than its noise (Record::noise), and so does the integral
///    T = t (s0 + s) / 2 of the slopes s0 = g.d and s = g(x + t d).d by the trapezoidal rule, the start's loss + T
///    stands in for the loss. The test for sufficient decrease is then s <= (2 c1 - 1) s0 (Hager & Zhang, "A new
///    conjugate gradient method with guaranteed descent and an efficient line search", SIAM J. Optim. 16, 2005,
///    eq. 4.1), and the cubic's minimiser is that of the secant through the slopes.
/// 2. Noise beyond that is measured: the residual R = loss - start's loss - T shrinks as t^3 along a smooth function,
///    and as t where the gradient does not belong to the loss. A residual that does not shrink is noise of that size.
///    Where no trial lowers the loss, the noise is measured on the three shortest ones (Record::noise_of_shortest).
/// 3. On a trial that bounds have bent (Bend) the products with s, how far x has moved, take the place of t s0 and t s:
///    in the test for sufficient decrease (Bertsekas 1982) and in T. Its slope need only be no steeper than c2 s0.
/// 4. A first step that is too long may end on a plateau, where every gradient is small and a solve would seem to have
///    converged. There |s| <= 0.01 |s0|, and the loss falls by less than 0.03 t |s0|; a quadratic falls by half of
///    t |s0| until its slope is 0. The start's loss stands in for that of such a trial, so that the search shortens it.
/// 5. Widths are relative: the search ends when the bracket is 1e-9 of its right end, or when a trial falls on an end.
/// 6. It ends at a trial that has to be shortened although its loss and its slope are those of the start: a shorter
///    step is lost in the rounding of x, too.
///
/// Where no trial satisfies the Wolfe conditions, the trial with the lowest loss is returned if its loss is below the
/// start's, otherwise `start`. If the gradient of the trial that is returned has been overwritten, the trial is
/// evaluated once more.
Task<Sample> noise_tolerant(Ask& ask, Sample start, double t, Limits limits);

}  // namespace lbfgs
