// A request to a subject, and the counts and times of its solves.
#pragma once

#include <chrono>
#include <limits>
#include <optional>

#include "parent.hpp"

namespace bench {

using Json = nlohmann::json;

struct Unavailable : std::runtime_error {  // for a request that the library does not support
  using std::runtime_error::runtime_error;
};

inline double nanoseconds() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/** A request to a subject, and the counts and times of its evaluations and iterations, solve after solve. */
template <class T>
class Run {
public:
  const std::vector<T> x0;
  const Index n, m, fill, iterations, max_iterations;
  const Index max_evaluations;  // above 0: all other options are the library's defaults
  const int threads;
  const double step;  // 0: whole solves; otherwise iterations are timed, with fixed steps where the subject can
  const double tolerance_grad;                 // of max|g|
  const std::vector<T> lower, upper, weights;  // empty: none

  explicit Run(const Json& request)
      : x0(request.contains("x0") ? request.at("x0").get<std::vector<T>>()
                                  : std::vector<T>(request.at("n").get<std::size_t>(), T(1))),
        n(static_cast<Index>(x0.size())),
        m(request.value("m", Index{0})),
        fill(request.value("fill", Index{0})),
        iterations(request.value("iterations", Index{0})),
        max_iterations(request.value("maxIter", fill + iterations + 1)),
        max_evaluations(request.value("maxEval", Index{0})),
        threads(request.value("threads", 1)),
        step(request.value("step", 0.0)),
        tolerance_grad(request.value("toleranceGrad", 0.0)),
        lower(limits(request, "lower", -infinity)),
        upper(limits(request, "upper", infinity)),
        weights(request.value("weights", std::vector<T>())),
        targets(request.value("targets", std::vector<double>())) {
    const std::string name = request.at("problem");
    if (request.value("values", "own") == "parent") {
      objective = values_of_parent<T>(x0.size());
    } else if (name == "endless") {
      objective = Endless<T>(n);
    } else if constexpr (std::is_same_v<T, double>) {
      const Json data = request.value("data", Json::object());
      objective = objective_named(name, n,
                                  {data.value("rows", Index{0}), data.value("columns", Index{0}),
                                   data.value("penalty", 0.0), data.value("values", std::vector<double>())});
    } else {
      throw Unavailable("float64 only");
    }
  }

  void begin() {
    iterations_done_ = evaluations = timed_evaluations = 0;
    reached.clear();
    reached_after.clear();
    begun_ = nanoseconds();
  }

  T evaluate(const T* x, T* g) {
    const T loss = objective(x, g);
    if (evaluations++ == 0) first = loss;
    while (reached.size() < targets.size() && loss <= targets[reached.size()]) {
      reached.push_back(evaluations);
      reached_after.push_back(nanoseconds() - begun_);
    }
    return loss;
  }

  /** An evaluation by a subject that takes fixed steps: each but the first ends an iteration. */
  T closure(const T* x, T* g) {
    if (step > 0 && evaluations > 0) iteration();
    return evaluate(x, g);
  }

  /** To be called at the same place in every iteration. Returns whether the subject has to stop. */
  bool iteration() {
    ++iterations_done_;
    if (iterations_done_ == fill) {
      timed_begun_ = nanoseconds();
      evaluations_before_ = evaluations;
    } else if (iterations_done_ == fill + iterations) {
      timed = nanoseconds() - timed_begun_;
      timed_evaluations = evaluations - evaluations_before_;
    }
    return is_done();
  }
  bool is_done() const { return iterations > 0 && iterations_done_ >= fill + iterations; }
  /** The test on max|g|, for libraries without one. */
  bool is_flat(const T* g) const {
    return tolerance_grad > 0 && std::all_of(g, g + n, [this](T entry) { return std::abs(entry) <= tolerance_grad; });
  }

  bool is_at_defaults() const { return max_evaluations > 0; }
  bool is_spent() const { return is_at_defaults() && evaluations >= max_evaluations; }

  /** Ends a solve with what the library returned. claim: whether the library says that it converged; empty where it
   * says nothing. */
  void finish(const T* x, Index count, const std::string& words, std::optional<bool> claim = {}) {
    end.assign(x, x + n);
    end_iterations = count;
    status = words;
    converged = claim;
  }

  Objective<T> objective;
  const std::vector<double> targets;
  Index evaluations = 0, timed_evaluations = 0, end_iterations = 0;
  double timed = 0, first = 0;
  std::vector<double> reached, reached_after;  // for each target met: the evaluation, the time since the start
  std::vector<T> end;
  std::string status;
  std::optional<bool> converged;

private:
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  static std::vector<T> limits(const Json& request, const char* name, T none) {
    std::vector<T> values;
    for (const Json& value : request.value(name, Json::array())) {
      values.push_back(value.is_null() ? none : value.get<T>());
    }
    return values;
  }

  Index iterations_done_ = 0, evaluations_before_ = 0;
  double begun_ = 0, timed_begun_ = 0;
};

}  // namespace bench
