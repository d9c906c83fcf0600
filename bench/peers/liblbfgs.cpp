// libLBFGS (Okazaki), Debian's build of it: float64, one thread, its default line search (More and Thuente). It takes
// every pair, so that after m iterations the history is full.

#include <lbfgs.h>

#include "harness.hpp"

namespace {

using Run = bench::Run<double>;

constexpr int spent = 1000;  // no code of the library's

struct Solve {
  Run& run;
  int iterations;
};

double evaluate(void* instance, const double* x, double* g, int, double) {
  return static_cast<Solve*>(instance)->run.evaluate(x, g);
}

/** Called by libLBFGS after each iteration; a result other than 0 stops the solve. */
int progress(void* instance, const double*, const double* g, double, double, double, double, int, int k, int) {
  Solve& solve = *static_cast<Solve*>(instance);
  solve.iterations = k;
  if (solve.run.is_spent()) return spent;
  return solve.run.iteration() || solve.run.is_flat(g) ? 1 : 0;
}

/** Sets the penalty of libLBFGS, which has one weight and one range of coordinates. */
void penalise(const Run& run, lbfgs_parameter_t& parameters) {
  const auto is_penalised = [](double weight) { return weight > 0.0; };
  const auto begin = std::find_if(run.weights.begin(), run.weights.end(), is_penalised);
  const auto end = std::find_if_not(begin, run.weights.end(), is_penalised);
  if (begin == end || std::any_of(end, run.weights.end(), is_penalised) ||
      std::any_of(begin, end, [&](double weight) { return weight != *begin; })) {
    throw bench::Unavailable("one weight for all coordinates of a range");
  }
  parameters.orthantwise_c = *begin;
  parameters.orthantwise_start = static_cast<int>(begin - run.weights.begin());
  parameters.orthantwise_end = static_cast<int>(end - run.weights.begin());
  parameters.linesearch = LBFGS_LINESEARCH_BACKTRACKING;  // the only one that it takes with a penalty
}

void solve(Run& run) {
  if (!run.lower.empty()) throw bench::Unavailable("no bounds");
  const int n = static_cast<int>(run.n);
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  if (!run.is_at_defaults()) {
    if (run.m > 0) parameters.m = static_cast<int>(run.m);
    parameters.max_iterations = static_cast<int>(run.max_iterations);
    parameters.epsilon = run.weights.empty() ? 0.0 : run.tolerance_grad;  // of the norm, over max(1, |x|)
  }
  if (!run.weights.empty()) penalise(run, parameters);
  double* const x = lbfgs_malloc(n);
  if (x == nullptr) throw std::bad_alloc();
  std::copy(run.x0.begin(), run.x0.end(), x);
  Solve instance{run, 0};
  const int code = lbfgs(n, x, nullptr, evaluate, progress, &instance, &parameters);
  const bool is_flat = code == 1 && !run.is_at_defaults();
  const bool is_claimed = code == LBFGS_SUCCESS || code == LBFGS_STOP || code == LBFGS_ALREADY_MINIMIZED;
  run.finish(x, instance.iterations, is_flat ? "gradient" : "code " + std::to_string(code), is_claimed);
  lbfgs_free(x);
}

}  // namespace

int main() { return bench::serve(solve); }
