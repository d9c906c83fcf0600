// What the subjects in C++ and Python share: the protocol of ../protocol.ts, and what is measured.
// ../harness/harness.ts measures the same in JavaScript.
#pragma once

#include "run.hpp"

namespace bench {

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** The median nanoseconds of an evaluation; repeat(n) returns the nanoseconds of n evaluations. */
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

/** The reply to a request. repeat(run, n) returns the nanoseconds of n evaluations, which are not counted as the
 * solve's. */
template <class T, class Solve, class Repeat>
Json answer(const Json& request, Solve solve, Repeat repeat) {
  Run<T> run(request);
  std::vector<double> timed;
  std::vector<std::vector<double>> times(run.targets.size());
  // The mean nanoseconds of a solve, over so many seconds and at least one solve.
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

/** Answers each line of stdin, a request, with reply(request). */
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
