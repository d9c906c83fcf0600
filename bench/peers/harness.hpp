// What the C++ harnesses share: the problem, the clock, and the protocol.
//
// A harness reads requests, one a line: n m dtype threads iterations seconds. It answers each with one line of JSON:
//   {"iteration": ns, "objective": ns, "evaluations": per iteration, "iterations": timed, "solves": timed}
//   {"unavailable": why} for what the library cannot do, {"failed": why} where a check of its own claim failed.
// bench/README.md says what is timed and why the problem is what it is; problem.ts and harness.py are the same in other
// languages.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

using Index = std::int64_t;

struct Request {
  Index n;
  Index m;
  std::string dtype;
  int threads;
  Index iterations;  // timed in each solve, the history full
  double seconds;    // solves are repeated until they took this long
};

// Thrown for what the library does not have.
struct Unavailable : std::runtime_error {
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

// n < 1000: f = -log(w . x), which falls for ever; otherwise f = x . D x / 2, D log-spaced from 1 to 1e-6. From x = 1.
template <class T>
class Problem {
public:
  explicit Problem(Index n) : n_(n), small_(n < 1000), c_(static_cast<std::size_t>(n)) {
    for (Index i = 0; i < n; ++i) {
      const double at = static_cast<double>(i);
      const double size = static_cast<double>(n);
      const double c = small_ ? (1.0 + std::fmod(at, 3.0)) / size : std::pow(10.0, -6.0 * at / (size - 1.0));
      c_[static_cast<std::size_t>(i)] = static_cast<T>(c);
    }
  }

  Index n() const { return n_; }
  // Of those that take steps of fixed length: 1 would leave float32's range too soon.
  double step() const { return small_ ? 0.1 : 1.0; }

  T operator()(const T* x, T* g) const {
    const T* const c = c_.data();
    T sum = 0;
    if (small_) {
      for (Index i = 0; i < n_; ++i) sum += c[i] * x[i];
      const T scale = T(-1) / sum;
      for (Index i = 0; i < n_; ++i) g[i] = scale * c[i];
      return finite(-std::log(sum));
    }
#pragma omp simd reduction(+ : sum)
    for (Index i = 0; i < n_; ++i) {
      const T slope = c[i] * x[i];
      g[i] = slope;
      sum += slope * x[i];
    }
    return finite(T(0.5) * sum);
  }

private:
  static T finite(T loss) {
    if (!std::isfinite(loss)) throw std::runtime_error("the loss is not finite");
    return loss;
  }

  Index n_;
  bool small_;
  std::vector<T> c_;
};

// Times the iterations after the first m + 1: from then on every direction is made of m pairs.
class Clock {
public:
  explicit Clock(const Request& request) : from_(request.m + 1), until_(from_ + request.iterations) {}

  Index until() const { return until_; }
  bool done() const { return iterations_ >= until_; }
  void evaluation() { ++evaluations_; }
  // At the same place in every iteration.
  void iteration() {
    ++iterations_;
    if (iterations_ == from_) {
      begun_ = nanoseconds();
      evaluations_before_ = evaluations_;
    } else if (iterations_ == until_) {
      elapsed_ = nanoseconds() - begun_;
      evaluations_ -= evaluations_before_;
      timed_evaluations_ = evaluations_;
    }
  }
  double elapsed() const { return elapsed_; }
  Index timed_evaluations() const { return timed_evaluations_; }

private:
  Index from_;
  Index until_;
  Index iterations_ = 0;
  Index evaluations_ = 0;
  Index evaluations_before_ = 0;
  Index timed_evaluations_ = 0;
  double begun_ = 0.0;
  double elapsed_ = 0.0;
};

template <class Call>
double cost_of(Call call, double seconds) {
  std::vector<double> costs;
  Index calls = 1;
  const double end = nanoseconds() + seconds * 1e9;
  while (costs.size() < 5 || nanoseconds() < end) {
    const double begun = nanoseconds();
    for (Index i = 0; i < calls; ++i) call();
    const double elapsed = nanoseconds() - begun;
    if (elapsed < 1e5 && costs.empty()) {
      calls *= 2;
    } else {
      costs.push_back(elapsed / static_cast<double>(calls));
    }
  }
  return median(costs);
}

// solve(problem, request, clock) runs one solve from x = 1, until the clock is done, and throws where it stopped
// before.
template <class T, class Solve>
void answer(const Request& request, Solve solve) {
  const Problem<T> problem(request.n);
  std::vector<T> x(static_cast<std::size_t>(request.n), T(1));
  std::vector<T> g(x.size());
  volatile T sink = 0;
  const double objective = cost_of([&] { sink = problem(x.data(), g.data()); }, request.seconds / 10);
  (void)sink;
  std::vector<double> spans;
  std::vector<double> evaluations;
  for (const double end = nanoseconds() + request.seconds * 1e9; spans.empty() || nanoseconds() < end;) {
    Clock clock(request);
    solve(problem, request, clock);
    if (!clock.done()) throw std::runtime_error("stopped before the last iteration to be timed");
    evaluations.push_back(static_cast<double>(clock.timed_evaluations()));
    if (evaluations.back() > 2.0 * static_cast<double>(request.iterations)) {
      throw std::runtime_error("more than two evaluations an iteration: the dtype's range or precision is at its end");
    }
    spans.push_back(clock.elapsed() - objective * evaluations.back());
  }
  const double iterations = static_cast<double>(request.iterations);
  std::cout << "{\"iteration\": " << median(spans) / iterations << ", \"objective\": " << objective
            << ", \"evaluations\": " << median(evaluations) / iterations << ", \"iterations\": " << request.iterations
            << ", \"solves\": " << spans.size() << "}" << std::endl;
}

// The answers to all requests. `handle` throws Unavailable, or another exception where something went wrong.
template <class Handle>
void serve(Handle handle) {
  std::cout.precision(12);
  Request r;
  while (std::cin >> r.n >> r.m >> r.dtype >> r.threads >> r.iterations >> r.seconds) {
    try {
      handle(r);
    } catch (const Unavailable& error) {
      std::cout << "{\"unavailable\": \"" << error.what() << "\"}" << std::endl;
    } catch (const std::exception& error) {
      std::cout << "{\"failed\": \"" << error.what() << "\"}" << std::endl;
    }
  }
}

}  // namespace bench
