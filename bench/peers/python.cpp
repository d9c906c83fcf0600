// The harness as a shared library for peers.py: Python's part of a solve is SciPy or torch and nothing else.

#include "harness.hpp"

namespace {

/** What Python reads of a run; peers.py has the same fields. */
struct View {
  void* run;
  bench::Index bits, n, m, threads, max_iterations, max_evaluations;
  double step, tolerance_grad;
};

/** calls = 0: makes a solve. Otherwise returns the nanoseconds of so many evaluations, which are not counted as the
 * solve's. */
using Work = double (*)(const View* view, bench::Index calls);

std::string failure;  // no exception goes through Python's frames

template <class Call>
auto with_run(const View* view, Call call) {
  return view->bits == 32 ? call(*static_cast<bench::Run<float>*>(view->run))
                          : call(*static_cast<bench::Run<double>*>(view->run));
}

template <class T>
bench::Json answer(const bench::Json& request, Work work) {
  const auto make = [&](bench::Run<T>& run, bench::Index calls) {
    const View view{&run,     8 * sizeof(T),     run.n, run.m, run.threads, run.max_iterations, run.max_evaluations,
                    run.step, run.tolerance_grad};
    failure.clear();
    const double elapsed = work(&view, calls);
    if (!failure.empty()) throw std::runtime_error(failure);
    return elapsed;
  };
  return bench::answer<T>(
      request, [&](bench::Run<T>& run) { make(run, 0); }, make);
}

}  // namespace

extern "C" {
void serve(Work work) {
  bench::serve_with([&](const bench::Json& request) {
    return request.value("dtype", "float64") == "float32" ? answer<float>(request, work)
                                                          : answer<double>(request, work);
  });
}

void run_fail(const char* message) { failure = message; }

void run_start(const View* view, void* x) {
  with_run(view, [&]<class T>(bench::Run<T>& run) { std::copy(run.x0.begin(), run.x0.end(), static_cast<T*>(x)); });
}

/** Fills what there is of the bounds and the weights, n numbers each, and returns 1 for bounds, 2 for weights, or 3. */
int run_limits(const View* view, void* lower, void* upper, void* weights) {
  return with_run(view, [&]<class T>(bench::Run<T>& run) {
    std::copy(run.lower.begin(), run.lower.end(), static_cast<T*>(lower));
    std::copy(run.upper.begin(), run.upper.end(), static_cast<T*>(upper));
    std::copy(run.weights.begin(), run.weights.end(), static_cast<T*>(weights));
    return (run.lower.empty() ? 0 : 1) + (run.weights.empty() ? 0 : 2);
  });
}

/** kind: 0 is an evaluation that is not counted, 1 one that is, 2 one by a subject that takes fixed steps
 * (Run::closure). */
double run_evaluate(const View* view, const void* x, void* g, int kind) {
  try {
    return with_run(view, [&]<class T>(bench::Run<T>& run) {
      const auto at = static_cast<const T*>(x);
      const auto to = static_cast<T*>(g);
      return static_cast<double>(kind == 0   ? run.objective(at, to)
                                 : kind == 1 ? run.evaluate(at, to)
                                             : run.closure(at, to));
    });
  } catch (const std::exception& error) {
    failure = error.what();
    return std::nan("");
  }
}

void run_iteration(const View* view) {
  with_run(view, [](auto& run) { run.iteration(); });
}

/** converged: below 0 where the library does not say. */
void run_finish(const View* view, const void* x, bench::Index iterations, const char* status, int converged) {
  with_run(view, [&]<class T>(bench::Run<T>& run) {
    run.finish(static_cast<const T*>(x), iterations, status,
               converged < 0 ? std::nullopt : std::optional<bool>(converged > 0));
  });
}
}
