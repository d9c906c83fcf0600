// How a step went.
#pragma once

#include <cstdint>

namespace lbfgs {

/// Why a step ended. lib/native/native.ts has the same order.
enum class Status : int {
  converged_gradient,
  converged_slope,
  converged_step,
  converged_loss,
  max_iter,
  max_eval,
  line_search_failed,
  non_finite,
  stopped,
  time_limit,
  aborted,
  non_finite_start  ///< the first evaluation was not finite and there is no point to go back to; nothing moved
};

/// How a step, or the iteration just completed, went.
struct Outcome {
  Status status = Status::max_iter;
  double initial_loss = 0.0;  ///< of the step's first evaluation
  double loss = 0.0;          ///< at the last accepted and evaluated point
  double grad_max = 0.0;      ///< max|g| there
  bool current = true;        ///< the parameters are at that point
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  double t = 0.0;  ///< step length of the last iteration
};

}  // namespace lbfgs
