// L-BFGS as torch.optim.LBFGS documents it, written plainly for the tests: one function, copies everywhere, no
// suspension.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <functional>

#include "arrays.hpp"
#include "core/types/options.hpp"

namespace lbfgs::test {

/// Fills g with the gradient at x and returns the loss.
using Function = std::function<double(const Vector& x, Vector& g)>;

inline double inner(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double largest(const Vector& a) {
  double found = 0.0;
  for (const double entry : a) found = std::max(found, std::abs(entry));
  return found;
}
inline Vector along(const Vector& x, double t, const Vector& d) {
  Vector there(x);
  for (std::size_t i = 0; i < x.size(); ++i) there[i] += t * d[i];
  return there;
}

class TorchOracle {
public:
  TorchOracle(Vector start, Function function) : x(std::move(start)), function_(std::move(function)) {}

  Vector x;
  Vector d;
  double t = 0.0;
  double h_diag = 1.0;
  std::int64_t n_iter = 0;
  std::int64_t func_evals = 0;
  std::deque<Vector> s, y;

  void step(const Options& options) {
    evaluations_ = 0;
    Point here = at(0.0);
    if (largest(here.g) <= options.tolerance_grad) return;
    for (std::int64_t iteration = 1; iteration <= options.max_iter; ++iteration) {
      ++n_iter;
      form_direction(here, options);
      const double loss_before = here.loss;
      const double slope = inner(here.g, d);
      g_before_ = here.g;
      if (slope > -options.tolerance_change) return;
      if (options.line_search == LineSearch::strong_wolfe) {
        here = search(here, slope, options);
        x = along(x, t, d);
      } else {
        x = along(x, t, d);
        if (iteration != options.max_iter) here = at(0.0);
      }
      if (iteration == options.max_iter || evaluations_ >= options.max_eval) return;
      if (largest(here.g) <= options.tolerance_grad) return;
      if (t * largest(d) <= options.tolerance_change) return;
      if (std::abs(here.loss - loss_before) < options.tolerance_change) return;
    }
  }

private:
  struct Point {
    double t;
    double loss;
    double slope;
    Vector g;
  };

  Point at(double step) {
    Point point{step, 0.0, 0.0, Vector(x.size())};
    point.loss = function_(step == 0.0 ? x : along(x, step, d), point.g);
    if (!d.empty()) point.slope = inner(point.g, d);
    ++evaluations_;
    ++func_evals;
    return point;
  }

  void form_direction(const Point& here, const Options& options) {
    if (n_iter == 1) {
      double norm = 0.0;
      for (const double entry : here.g) norm += std::abs(entry);
      d = along(Vector(x.size()), -1.0, here.g);
      t = std::min(1.0, 1.0 / norm) * options.lr;
      return;
    }
    const Vector y_new = along(here.g, -1.0, g_before_);
    const Vector s_new = along(Vector(x.size()), t, d);
    const double ys = inner(y_new, s_new);
    if (ys > 1e-10) {
      if (static_cast<std::int64_t>(s.size()) == options.history_size) {
        s.pop_front();
        y.pop_front();
      }
      s.push_back(s_new);
      y.push_back(y_new);
      h_diag = ys / inner(y_new, y_new);
    }
    Vector q = along(Vector(x.size()), -1.0, here.g);
    Vector alpha(s.size());
    for (std::size_t i = s.size(); i-- > 0;) {
      alpha[i] = inner(s[i], q) / inner(y[i], s[i]);
      q = along(q, -alpha[i], y[i]);
    }
    d = along(Vector(x.size()), h_diag, q);
    for (std::size_t i = 0; i < s.size(); ++i) d = along(d, alpha[i] - inner(y[i], d) / inner(y[i], s[i]), s[i]);
    t = options.lr;
  }

  static double cubic(const Point& a, const Point& b, double lower, double upper) {
    if (a.t > b.t) return cubic(b, a, lower, upper);
    const double d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    const double square = d1 * d1 - a.slope * b.slope;
    if (square < 0.0) return (lower + upper) / 2.0;
    const double d2 = std::sqrt(square);
    const double step = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
    return std::min(std::max(step, lower), upper);
  }

  Point search(const Point& here, double slope, const Options& options) {
    const std::int64_t budget = options.max_ls.value_or(std::max<std::int64_t>(0, options.max_eval - evaluations_));
    Point start{0.0, here.loss, slope, here.g};
    const auto decreased = [&](const Point& p) { return p.loss <= start.loss + 1e-4 * p.t * slope; };
    const auto flat = [&](const Point& p) { return std::abs(p.slope) <= -0.9 * slope; };
    Point before = start;
    Point now = at(t);
    std::int64_t trials = 0;
    Point ends[2]{start, start};
    bool bracketed = false;
    for (; trials < budget; ++trials) {
      if (!decreased(now) || (trials > 1 && now.loss >= before.loss))
        bracketed = true;
      else if (flat(now))
        return accept(now);
      else if (now.slope >= 0.0)
        bracketed = true;
      if (bracketed) break;
      const double next = cubic(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10.0);
      before = now;
      now = at(next);
    }
    ends[0] = bracketed ? before : start;
    ends[1] = now;
    std::size_t low = ends[0].loss <= ends[1].loss ? 0 : 1;
    bool hugged = false;
    while (trials < budget && std::abs(ends[1].t - ends[0].t) * largest(d) >= 1e-9) {
      const double left = std::min(ends[0].t, ends[1].t);
      const double right = std::max(ends[0].t, ends[1].t);
      const double margin = 0.1 * (right - left);
      double next = cubic(ends[0], ends[1], left, right);
      const bool hugs = std::min(right - next, next - left) < margin;
      if (hugs && (hugged || next >= right || next <= left)) {
        next = right - next < next - left ? right - margin : left + margin;
        hugged = false;
      } else {
        hugged = hugs;
      }
      now = at(next);
      ++trials;
      if (!decreased(now) || now.loss >= ends[low].loss) {
        ends[1 - low] = now;
        low = ends[0].loss <= ends[1].loss ? 0 : 1;
        continue;
      }
      const bool done = flat(now);
      if (!done && now.slope * (ends[1 - low].t - ends[low].t) >= 0.0) ends[1 - low] = ends[low];
      ends[low] = now;
      if (done) break;
    }
    return accept(ends[low]);
  }

  Point accept(const Point& point) {
    t = point.t;
    return point;
  }

  Function function_;
  Vector g_before_;
  std::int64_t evaluations_ = 0;
};

}  // namespace lbfgs::test
