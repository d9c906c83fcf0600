// libLBFGS (Okazaki), Debian's build of it: float64, one thread, its default line search (More and Thuente).

#include <lbfgs.h>

#include <string>

#include "harness.hpp"

namespace {

struct Solve {
  const bench::Problem<double>& problem;
  bench::Clock& clock;
};

double evaluate(void* instance, const double* x, double* g, int, double) {
  Solve& solve = *static_cast<Solve*>(instance);
  solve.clock.evaluation();
  return solve.problem(x, g);
}

int progress(void* instance, const double*, const double*, double, double, double, double, int, int, int) {
  Solve& solve = *static_cast<Solve*>(instance);
  solve.clock.iteration();
  return solve.clock.done() ? 1 : 0;
}

// Every pair is taken, so that after m iterations the history is full.
void solve(const bench::Problem<double>& problem, const bench::Request& request, bench::Clock& clock) {
  const int n = static_cast<int>(problem.n());
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = static_cast<int>(request.m);
  parameters.epsilon = 0.0;
  double* const x = lbfgs_malloc(n);
  if (x == nullptr) throw std::bad_alloc();
  std::fill_n(x, n, 1.0);
  Solve instance{problem, clock};
  const int status = lbfgs(n, x, nullptr, evaluate, progress, &instance, &parameters);
  lbfgs_free(x);
  if (status != 1) throw std::runtime_error("lbfgs() returned " + std::to_string(status));
}

}  // namespace

int main() {
  bench::serve([](const bench::Request& request) {
    if (request.dtype != "float64") throw bench::Unavailable("float64 only");
    bench::answer<double>(request, solve);
  });
}
