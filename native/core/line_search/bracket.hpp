// The bracket that a line search narrows.
#pragma once

#include <algorithm>

#include "core/line_search/cubic.hpp"

namespace lbfgs {

/// Two trials with an acceptable point between them. End: a Sample, or a type derived from Sample. The ends keep their
/// order, since torch breaks a tie of the losses in favour of the first.
template <class End>
struct Bracket {
  End ends[2];
  int low_end;

  static Bracket of(const End& a, const End& b) { return {{a, b}, a.loss <= b.loss ? 0 : 1}; }

  End& low() { return ends[low_end]; }
  const End& low() const { return ends[low_end]; }
  const End& high() const { return ends[1 - low_end]; }
  double left() const { return std::min(ends[0].t, ends[1].t); }
  double right() const { return std::max(ends[0].t, ends[1].t); }

  void replace_high(const End& now) {
    ends[1 - low_end] = now;
    low_end = ends[0].loss <= ends[1].loss ? 0 : 1;
  }
  /// `now` becomes the low end. The old low end becomes the high one where the slope at `now` points to it.
  void replace_low(const End& now) {
    if (now.slope * (high().t - low().t) >= 0.0) ends[1 - low_end] = ends[low_end];
    ends[low_end] = now;
  }
};

/// The next trial inside the bracket: the cubic's minimiser. A trial on an end of the bracket is moved to a tenth of
/// the width inside, and so is a second trial in a row that hugs an end, which means that it is nearer to the end than
/// that. hugged: whether the previous trial hugged an end; afterwards, whether this one does.
///
/// Source: torch's _strong_wolfe (minFunc's WolfeLineSearch).
template <class End>
double trial_within(const Bracket<End>& bracket, bool& hugged) {
  const double left = bracket.left();
  const double right = bracket.right();
  const double t = cubic_minimiser(bracket.low(), bracket.high(), left, right);
  const double margin = 0.1 * (right - left);
  if (std::min(right - t, t - left) >= margin) {
    hugged = false;
    return t;
  }
  if (!hugged && t < right && t > left) {
    hugged = true;
    return t;
  }
  hugged = false;
  return right - t < t - left ? right - margin : left + margin;
}

}  // namespace lbfgs
