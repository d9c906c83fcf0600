// NLopt's LD_LBFGS (Luksan's PLIS): float64, one thread. NLopt does not report iterations, so that each evaluation is
// counted as an iteration.

#include <nlopt.h>

#include "harness.hpp"

namespace {

using Run = bench::Run<double>;

struct Solve {
  Run& run;
  nlopt_opt optimizer;
};

double evaluate(unsigned, const double* x, double* g, void* instance) {
  auto& [run, optimizer] = *static_cast<Solve*>(instance);
  if (g == nullptr) throw std::runtime_error("an evaluation without a gradient");
  const double loss = run.closure(x, g);
  if (run.is_done() || run.is_flat(g)) nlopt_force_stop(optimizer);
  return loss;
}

void solve(Run& run) {
  if (!run.weights.empty()) throw bench::Unavailable("no L1 penalty");
  const nlopt_opt optimizer = nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(run.n));
  Solve instance{run, optimizer};
  nlopt_set_min_objective(optimizer, evaluate, &instance);
  if (!run.lower.empty()) {
    nlopt_set_lower_bounds(optimizer, run.lower.data());
    nlopt_set_upper_bounds(optimizer, run.upper.data());
  }
  if (!run.is_at_defaults() && run.m > 0) nlopt_set_vector_storage(optimizer, static_cast<unsigned>(run.m));
  nlopt_set_maxeval(optimizer, static_cast<int>(run.is_at_defaults() ? run.max_evaluations : 2 * run.max_iterations));
  std::vector<double> x = run.x0;
  double loss = 0.0;
  const nlopt_result code = nlopt_optimize(optimizer, x.data(), &loss);
  nlopt_destroy(optimizer);
  const bool is_claimed = code > 0 && code != NLOPT_MAXEVAL_REACHED;
  const std::string words = code == NLOPT_FORCED_STOP ? "gradient" : "code " + std::to_string(code);
  run.finish(x.data(), run.evaluations, words, is_claimed);
}

}  // namespace

int main() { return bench::serve(solve); }
