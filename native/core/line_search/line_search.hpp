// The line searches there are, behind one signature.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "core/ask/ask.hpp"
#include "core/ask/sample.hpp"
#include "core/ask/task.hpp"
#include "core/line_search/record.hpp"
#include "core/types/dtype.hpp"

namespace lbfgs {

/// What a search needs to know of its line x + t d besides the samples.
struct Limits {
  std::int64_t max_trials = 25;                            ///< evaluations after the first one, >= 0
  double t_max = std::numeric_limits<double>::infinity();  ///< the longest step that is tried, > 0
  bool bends = false;                                      ///< bounds may stop some entries on the way
  bool has_end = false;               ///< beyond t_max nothing moves, because bounds stop all of it
  double d_max = 1.0;                 ///< max|d|: a step of t moves no entry by more than t d_max
  Dtype resolution = Dtype::float64;  ///< in which losses are told apart
  Record* record = nullptr;           ///< of the line, with the trials so far
};

/// Returns the sample that the search settles on, its gradient where its slot says; `start` itself (t = 0) means that
/// no better point was found.
///
/// start: the sample at x (t = 0, finite, slope <= 0). t > 0: the first trial, which the search shortens to t_max.
/// Trials that are not finite count, are never interpolated and never returned. Before an evaluation a search keeps
/// (Ask::keep) the one earlier sample that it may still return; otherwise it may return only the last trial or `start`.
using Search = Task<Sample> (*)(Ask& ask, Sample start, double t, Limits limits);

/// A search, and what options and state dicts call it.
struct NamedSearch {
  std::string_view name;
  Search search;
};

/// All line searches, in the order of the enumeration LineSearch (options.hpp) from 1 on.
inline constexpr int line_search_count = 2;
extern const NamedSearch line_searches[line_search_count];

}  // namespace lbfgs
