// One optimiser on one double vector and a function, driven by the test as TypeScript drives it.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "torch_oracle.hpp"

namespace lbfgs::test {

/// The line searches that torch has.
inline constexpr LineSearch modes[] = {LineSearch::none, LineSearch::strong_wolfe};
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Options of a step that max_iter alone ends, with a step length for Rosenbrock where there is no line search.
inline Options options_for(LineSearch line_search, std::int64_t max_iter) {
  Options options;
  options.line_search = line_search;
  options.max_iter = max_iter;
  options.max_eval = 1000000;
  if (line_search == LineSearch::none) options.lr = 0.05;
  return options;
}

/// The loss and the gradient of a model that has diverged: all NaN.
inline void break_everything(double& loss, Vector& g) {
  loss = nan;
  g.assign(g.size(), nan);
}

/// What torch keeps between steps, and x, for comparison to the bit; without func_evals, which counts calls and not
/// progress.
struct Snapshot {
  Vector x;
  std::int64_t n_iter = 0;
  double t = 0.0;
  double h_diag = 0.0;
  double prev_loss = 0.0;
  Vector d;
  Vector prev_gradient;
  std::vector<Vector> s;
  std::vector<Vector> y;
  Vector rho;
  bool operator==(const Snapshot&) const = default;
};

class Driver {
public:
  Driver(const Vector& start, Function function, std::optional<Recursion> recursion = {})
      : arrays_({start.size()}),
        function_(std::move(function)),
        optimiser_(cpu_vectors(arrays_.parameters(), 100, Dtype::float64, recursion)) {
    arrays_.set_x(start);
  }

  /// Called with the loss and the gradient of evaluation number calls(), and may change both.
  std::function<void(double& loss, Vector& g)> spoil = [](double&, Vector&) {};
  /// Called with every point asked for, before it is evaluated.
  std::function<void(const Vector& x)> watch = [](const Vector&) {};

  /// One step to its end, or to evaluation `cancel_at` of it (1 the first), where the step is cancelled instead.
  Outcome step(const Options& options, std::optional<int> cancel_at = {}, bool evaluated = true) {
    Asked asked = optimiser_.begin(options, report_iterations);
    int evaluation = 0;
    while (asked != Asked::done) {
      if (asked == Asked::iteration) {
        iterations.push_back(snapshot());
        asked = optimiser_.proceed(true);
        continue;
      }
      if (++evaluation == cancel_at) {
        if (evaluated) arrays_.set_grad(Vector(arrays_.x().size(), 1e9));  // a closure that failed half way
        optimiser_.cancel(Status::stopped, evaluated);
        break;
      }
      asked = optimiser_.tell(evaluate());
    }
    gradient_was_stale = optimiser_.gradient_stale();
    if (gradient_was_stale) optimiser_.write_gradient();
    return optimiser_.outcome();
  }

  Snapshot snapshot() {
    Vectors& vectors = optimiser_.vectors();
    const State& state = optimiser_.state();
    Snapshot now;
    now.x = arrays_.x();
    now.n_iter = state.n_iter;
    if (state.n_iter == 0) return now;
    now.t = state.t;
    now.h_diag = state.h_diag;
    now.prev_loss = state.prev_loss;
    now.d.resize(now.x.size());
    now.prev_gradient.resize(now.x.size());
    vectors.export_direction(now.d.data());
    vectors.export_gradient(state.prev_gradient, now.prev_gradient.data());
    for (Index age = 0; age < vectors.history_size(); ++age) {
      now.s.emplace_back(now.x.size());
      now.y.emplace_back(now.x.size());
      now.rho.push_back(vectors.export_pair(age, now.s.back().data(), now.y.back().data()));
    }
    return now;
  }

  Vector x() const { return arrays_.x(); }
  void set_x(const Vector& x) { arrays_.set_x(x); }
  Vector grad() const { return arrays_.grad(); }
  void set_grad(const Vector& g) { arrays_.set_grad(g); }
  int calls() const { return calls_; }
  Optimizer& optimiser() { return optimiser_; }

  bool report_iterations = false;
  std::vector<Snapshot> iterations;  // after each iteration, with report_iterations
  bool gradient_was_stale = false;   // at the end of the last step, before the gradient was written

private:
  double evaluate() {
    const Vector x = arrays_.x();
    watch(x);
    ++calls_;
    Vector g(x.size());
    double loss = function_(x, g);
    spoil(loss, g);
    arrays_.set_grad(g);
    return loss;
  }

  Arrays<double> arrays_;
  Function function_;
  Optimizer optimiser_;
  int calls_ = 0;
};

/// Rosenbrock's function in pairs of variables.
inline double rosenbrock(const Vector& x, Vector& g) {
  double loss = 0.0;
  for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
    const double a = x[i + 1] - x[i] * x[i];
    const double b = 1.0 - x[i];
    loss += 100.0 * a * a + b * b;
    g[i] = -400.0 * x[i] * a - 2.0 * b;
    g[i + 1] = 200.0 * a;
  }
  return loss;
}
inline const Vector rosenbrock_start{-1.2, 1.0, 0.5, -0.3};

inline bool all_finite(const Vector& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace lbfgs::test
