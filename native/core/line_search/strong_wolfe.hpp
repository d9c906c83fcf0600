// A line search for the strong Wolfe conditions.
#pragma once

#include "core/line_search/line_search.hpp"

namespace lbfgs {

/// Finds t with  f(x + t d) <= f(x) + c1 t g.d  and  |g(x + t d).d| <= c2 |g.d|,  c1 = 1e-4, c2 = 0.9. Where max_trials
/// or the bracket's width ends the search first, the lower end of the bracket is returned. At the resolution of float32
/// the decrease is judged as torch does for float32 parameters.
///
/// Source: torch's _strong_wolfe (minFunc's WolfeLineSearch); Nocedal & Wright algorithms 3.5 and 3.6. Departures: see
/// docs/differences-from-torch.md, "Not finite".
Task<Sample> strong_wolfe(Ask& ask, Sample start, double t, Limits limits);

}  // namespace lbfgs
