// The options of one step, with torch's defaults.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "core/types/dtype.hpp"
#include "core/types/pair_policy.hpp"

namespace lbfgs {

/// The line search of a step: none, where each move has length lr, or one of line_searches
/// (line_search/line_search.hpp), in its order.
enum class LineSearch : int { none, strong_wolfe, noise_tolerant };

/// Which method a step runs.
enum class Method : int {
  torch_step,  ///< torch.optim.LBFGS.step (methods/lbfgs.hpp)
  solve        ///< a whole solve with relative tests (methods/solve.hpp); needs a line search
};

/// The options of torch.optim.LBFGS (param_groups[0]), and further ones. The tolerances are absolute in torch_step and
/// relative in solve (methods/ends.hpp).
struct Options {
  double lr = 1.0;                  ///< step length, or the line search's first trial; finite, >= 0
  std::int64_t max_iter = 20;       ///< iterations per step, >= 0
  std::int64_t max_eval = 25;       ///< evaluations per step, looked at between iterations, >= 0
  double tolerance_grad = 1e-7;     ///< ends the step when max|g| is not above it; finite, >= 0
  double tolerance_change = 1e-9;   ///< ends the step on slope, step and loss change; finite, >= 0
  std::int64_t history_size = 100;  ///< curvature pairs kept, >= 1
  LineSearch line_search = LineSearch::none;
  std::optional<std::int64_t> max_ls = 25;  ///< trials of a line search after its first; none: what max_eval leaves
  PairPolicy pair_policy;                   ///< which curvature pairs are taken
  Method method = Method::torch_step;
  double tolerance_grad_relative = 1.0;  ///< of solve: the bound on max|g| relative to that at the start; >= 0
  double noise = 1e-6;    ///< of noise_tolerant: changes in the loss below this part of it are not trusted; >= 0
  bool diagonal = false;  ///< H0 is a diagonal matrix that is learnt, where it foretells pairs better than gamma I
  int threads = 1;        ///< threads for the passes over long vectors, >= 1; no result depends on it
  Dtype history_dtype = Dtype::float64;  ///< of the stored pairs, unless the computing dtype is narrower
};

/// The name of the first option that is out of its range, or nullptr.
inline const char* validate(const Options& options) {
  const auto tolerance = [](double value) { return std::isfinite(value) && value >= 0.0; };
  if (!std::isfinite(options.lr) || options.lr < 0.0) return "lr";
  if (options.max_iter < 0) return "max_iter";
  if (options.max_eval < 0) return "max_eval";
  if (!tolerance(options.tolerance_grad)) return "tolerance_grad";
  if (!tolerance(options.tolerance_change)) return "tolerance_change";
  if (options.history_size < 1) return "history_size";
  if (options.max_ls && *options.max_ls < 0) return "max_ls";
  if (options.threads < 1) return "threads";
  const int line_search = static_cast<int>(options.line_search);
  const int least_search = options.method == Method::solve ? 1 : 0;
  if (line_search < least_search || line_search > static_cast<int>(LineSearch::noise_tolerant)) return "line_search";
  if (!tolerance(options.pair_policy.least)) return "pair_policy";
  if (!(options.tolerance_grad_relative >= 0.0)) return "tolerance_grad_relative";
  if (!tolerance(options.noise)) return "noise";
  return nullptr;
}

}  // namespace lbfgs
