// NLopt's LD_LBFGS (Luksan's PLIS): float64, one thread. It tells of no iterations, so that evaluations are counted as
// such.

#include <nlopt.h>

#include <string>

#include "harness.hpp"

namespace {

struct Solve {
  const bench::Problem<double>& problem;
  bench::Clock& clock;
  nlopt_opt optimizer;
};

double evaluate(unsigned, const double* x, double* g, void* instance) {
  Solve& solve = *static_cast<Solve*>(instance);
  if (g == nullptr) throw std::runtime_error("an evaluation without a gradient");
  solve.clock.evaluation();
  solve.clock.iteration();
  if (solve.clock.done()) nlopt_force_stop(solve.optimizer);
  return solve.problem(x, g);
}

void solve(const bench::Problem<double>& problem, const bench::Request& request, bench::Clock& clock) {
  const nlopt_opt optimizer = nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(problem.n()));
  Solve instance{problem, clock, optimizer};
  nlopt_set_min_objective(optimizer, evaluate, &instance);
  nlopt_set_vector_storage(optimizer, static_cast<unsigned>(request.m));
  std::vector<double> x(static_cast<std::size_t>(problem.n()), 1.0);
  double loss = 0.0;
  const nlopt_result result = nlopt_optimize(optimizer, x.data(), &loss);
  nlopt_destroy(optimizer);
  if (result != NLOPT_FORCED_STOP) throw std::runtime_error("nlopt_optimize() returned " + std::to_string(result));
}

}  // namespace

int main() {
  bench::serve([](const bench::Request& request) {
    if (request.dtype != "float64") throw bench::Unavailable("float64 only");
    bench::answer<double>(request, solve);
  });
}
