// A line search driven by the test, on functions of the step alone.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/line_search/strong_wolfe.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"

namespace lbfgs::test {

struct Value {
  double loss;
  double slope;
};
using Phi = std::function<Value(double t)>;  // the loss and the slope at x + t d

struct Search {
  Sample start;
  Sample found;
  std::vector<Sample> trials;
  Record record;
};

struct LineOptions {
  std::int64_t max_ls = 25;
  double d_max = 1.0;
  bool float32 = false;
  lbfgs::Search algorithm = strong_wolfe;
  double noise = 1e-6;  // relative
};

// Answers a line search from `phi` until it ends, and keeps gradients as an optimiser does: one row for a trial, beside
// the row of the start; the gradient of the last evaluation may be in the caller's arrays only. Checks what holds for
// every search: trials are positive numbers, the point returned is finite and its gradient is still held where its slot
// says, and the budget is kept.
inline Search search(const Phi& phi, double t, const LineOptions& options) {
  constexpr Slot start_row = 0;
  constexpr Slot trial_row = 1;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Ask ask;
  const Value at_start = phi(0.0);
  Search run{{0.0, at_start.loss, at_start.slope, 0.0, start_row, true}, {}, {}, {}};
  double held[caller_slot + 1] = {0.0, nan, nan, nan};  // the t whose gradient each place holds
  ask.begin_line(trial_row);
  Limits limits;
  limits.max_trials = options.max_ls;
  limits.d_max = options.d_max;
  limits.resolution = options.float32 ? Dtype::float32 : Dtype::float64;
  limits.record = &run.record;
  run.record.begin_step(options.noise);
  run.record.begin_line(run.start);
  const double largest =
      options.float32 ? double{std::numeric_limits<float>::max()} : std::numeric_limits<double>::max();
  limits.t_max = largest / std::max(1.0, options.d_max);
  const Task<Sample> task = options.algorithm(ask, run.start, t, limits);
  task.start();
  while (task.running()) {
    REQUIRE(run.trials.size() < 1000);
    const double now = ask.t();
    CHECK((std::isfinite(now) && now > 0.0));
    if (ask.copy_due()) held[trial_row] = held[caller_slot];
    const Slot slot = ask.next_slot();
    held[caller_slot] = now;  // whatever was there is gone
    held[slot] = now;
    const Value value = phi(now);
    const bool finite = std::isfinite(value.loss) && std::isfinite(value.slope);
    run.trials.push_back({now, value.loss, value.slope, std::abs(value.slope), slot, finite});
    run.record.add(run.trials.back());
    ask.answer(run.trials.back());
  }
  run.found = task.result();
  CHECK(run.found.finite);
  CHECK(held[run.found.slot] == run.found.t);
  CHECK(run.found.loss == phi(run.found.t).loss);
  CHECK(run.trials.size() <= static_cast<std::size_t>(options.max_ls) + 1);
  CHECK(run.trials.front().t == t);
  return run;
}
inline Search search(const Phi& phi, double t, std::int64_t max_ls = 25, double d_max = 1.0, bool float32 = false) {
  return search(phi, t, LineOptions{max_ls, d_max, float32});
}

// (t - minimum)^2
inline Value parabola(double t, double minimum) { return {(t - minimum) * (t - minimum), 2.0 * (t - minimum)}; }

}  // namespace lbfgs::test
