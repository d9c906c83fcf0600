// What the subjects in C++ and Python share: the protocol of ../protocol.ts, and what is measured.
// ../harness/harness.ts measures the same in JavaScript.
#pragma once

#include <chrono>
#include <limits>
#include <optional>

#include "parent.hpp"

namespace bench {

using Json = nlohmann::json;

struct Unavailable : std::runtime_error {  // what the library does not have
  using std::runtime_error::runtime_error;
};

inline double nanoseconds() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** What a subject is asked for, and where it tells of its evaluations and iterations: one solve after the other. */
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

  /** An evaluation of those who take fixed steps: each but the first ends an iteration. */
  T closure(const T* x, T* g) {
    if (step > 0 && evaluations > 0) iteration();
    return evaluate(x, g);
  }

  /** At the same place in every iteration. True where the subject has to stop. */
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

  /** Ends a solve with what the library returned, and with whether it says that it converged, if it does. */
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

/** Nanoseconds of an evaluation alone, the median; `repeat(n)` returns those of n. */
template <class Repeat>
double cost_of(Repeat repeat, double seconds) {
  std::vector<double> costs;
  Index calls = 1;
  const double end = nanoseconds() + seconds * 1e9;
  while (costs.size() < 5 || nanoseconds() < end) {
    const double elapsed = repeat(calls);
    if (elapsed < 1e5 && costs.empty()) {
      calls *= 2;
    } else {
      costs.push_back(elapsed / static_cast<double>(calls));
    }
  }
  return median(costs);
}

/** The reply to a request. `repeat(run, n)` returns the nanoseconds of n evaluations that do not count. */
template <class T, class Solve, class Repeat>
Json answer(const Json& request, Solve solve, Repeat repeat) {
  Run<T> run(request);
  std::vector<double> timed;
  std::vector<std::vector<double>> times(run.targets.size());
  // Nanoseconds of a solve, the mean over so many seconds, and of one at least.
  const auto solve_for = [&](double seconds) {
    timed.clear();
    for (auto& of_target : times) of_target.clear();
    const double begun = nanoseconds();
    for (Index solves = 1;; ++solves) {
      run.begin();
      solve(run);
      const double elapsed = nanoseconds() - begun;
      if (run.iterations > 0 && !run.is_done()) {
        throw std::runtime_error("stopped before the last iteration to be timed: " + run.status);
      }
      if (run.iterations > 0 && run.timed_evaluations > 2 * run.iterations) {
        throw std::runtime_error(
            "more than two evaluations an iteration: the dtype's range or precision is at its end");
      }
      timed.push_back(run.timed);
      for (std::size_t i = 0; i < run.reached.size(); ++i) times[i].push_back(run.reached_after[i]);
      if (elapsed >= seconds * 1e9) return elapsed / static_cast<double>(solves);
    }
  };
  const double seconds = request.value("seconds", 0.0);
  if (const double warm = request.value("warm", 0.0); warm > 0) solve_for(warm);
  const double mean = solve_for(seconds);
  times.resize(run.reached.size());
  std::vector<double> after;
  for (const auto& of_target : times) after.push_back(median(of_target));
  if (run.end.empty()) run.end = run.x0;
  std::vector<T> g(run.end.size());
  const double loss = run.objective(run.end.data(), g.data());
  const auto largest = std::max_element(g.begin(), g.end(), [](T a, T b) { return std::abs(a) < std::abs(b); });
  const double objective = seconds > 0 ? cost_of([&](Index calls) { return repeat(run, calls); }, seconds / 10) : 0;
  Json reply{{"solve", mean},
             {"timed", median(timed)},
             {"timedEvaluations", run.timed_evaluations},
             {"objective", objective},
             {"first", run.first},
             {"reached", run.reached},
             {"times", after},
             {"evaluations", run.evaluations},
             {"iterations", run.end_iterations},
             {"loss", loss},
             {"gradNorm", std::abs(*largest)},
             {"status", run.status}};
  if (run.converged) reply["converged"] = *run.converged;
  return reply;
}

/** Answers each line of stdin with what `reply` makes of it. */
template <class Reply>
int serve_with(Reply reply) {
  std::ios::sync_with_stdio(false);  // Python leaves stdin without a buffer: a read for every byte
  for (std::string line; std::getline(std::cin, line);) {
    Json json;
    try {
      json = reply(Json::parse(line));
    } catch (const Unavailable& error) {
      json = {{"unavailable", error.what()}};
    } catch (const std::exception& error) {
      json = {{"failed", error.what()}};
    }
    std::cout << json.dump() << std::endl;
  }
  return 0;
}

/** A subject is a function solve(Run&), for float64 and, where it can, for float32: one solve from run.x0. */
template <class Solve, class Solve32 = std::nullptr_t>
int serve(Solve solve, [[maybe_unused]] Solve32 solve32 = nullptr) {
  const auto repeat = [](auto& run, Index calls) {
    const auto x = run.end;
    auto g = x;
    const double begun = nanoseconds();
    for (Index i = 0; i < calls; ++i) run.objective(x.data(), g.data());
    return nanoseconds() - begun;
  };
  return serve_with([&](const Json& request) {
    if (request.value("dtype", "float64") == "float64") return answer<double>(request, solve, repeat);
    if constexpr (std::is_null_pointer_v<Solve32>) {
      throw Unavailable("float64 only");
    } else {
      return answer<float>(request, solve32, repeat);
    }
  });
}

}  // namespace bench
