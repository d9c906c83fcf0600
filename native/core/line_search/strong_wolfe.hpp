// A line search for the strong Wolfe conditions.
#pragma once

#include <cstdint>

#include "core/ask/evaluator.hpp"
#include "core/ask/sample.hpp"
#include "core/ask/task.hpp"

namespace lbfgs {

/// What a search has to know of its line x + t d besides the samples.
struct Line {
  double d_max;  ///< max|d|: the bracket's width is measured by the move it stands for
  bool float32;  ///< the decrease is judged at float32's resolution, as torch does for float32 parameters
};

/// Finds t with  f(x + t d) <= f(x) + c1 t g.d  and  |g(x + t d).d| <= c2 |g.d|,  c1 = 1e-4, c2 = 0.9,
/// and returns the sample there, its gradient where its slot says. Where the budget or the bracket's width ends the
/// search first, returns the lowest end of the bracket; `start` itself (t = 0) means that no better point was found.
///
/// start: the sample at x (t = 0, finite, slope < 0). t > 0: the first trial. max_ls: trials after the first one.
/// Non-finite trials count, are never interpolated and never returned.
///
/// Source: torch's _strong_wolfe (minFunc's WolfeLineSearch); Nocedal & Wright algorithms 3.5 and 3.6. Departures: see
/// docs/differences-from-torch.md, "Not finite".
Task<Sample> strong_wolfe(Evaluator& ask, Sample start, double t, std::int64_t max_ls, Line line);

}  // namespace lbfgs
