// How a step went.
#pragma once

#include <cstdint>

namespace lbfgs {

/// Why a step ended. lib/native/exchange.ts has the same order.
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
  unbounded,        ///< the loss falls without end
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
  double t = 0.0;               ///< step length of the last iteration
  double grad_bound = 0.0;      ///< of a solve: what max|g| is compared with
  double grad_reference = 0.0;  ///< State::grad_reference
  // Of a solve that ended at a test on the loss or at a failed line search:
  double promised = 0.0;         ///< -g.d / 2, the decrease that a quadratic along the last direction promises
  double sensitivity = 0.0;      ///< sum |g_i x_i|
  double noise = 0.0;            ///< of the loss, as measured; 0: none was found
  double residual_order = 0.0;   ///< Record::residual_order of the last line search; NaN: not known
  bool blames_gradient = false;  ///< Record::blames_gradient of the last line search
};

}  // namespace lbfgs
