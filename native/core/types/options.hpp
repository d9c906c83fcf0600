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
enum class LineSearch : int { none, strong_wolfe };

/// torch.optim.LBFGS's param_groups[0], and what torch has not.
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
  int threads = 1;                          ///< threads for the passes over long vectors, >= 1; no result depends on it
  Dtype history_dtype = Dtype::float64;     ///< of the stored pairs, unless the computing dtype is narrower
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
  if (options.line_search != LineSearch::none && options.line_search != LineSearch::strong_wolfe) return "line_search";
  if (!tolerance(options.pair_policy.least)) return "pair_policy";
  return nullptr;
}

}  // namespace lbfgs
