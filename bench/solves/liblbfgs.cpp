// Subject: libLBFGS (Moré-Thuente line search, its default). Arguments: problem, file, history, iterations, max|g|, two
// targets.

#include <lbfgs.h>

#include <cstdlib>

#include "meter.hpp"

namespace {

struct Solve {
  Meter& meter;
  double tolerance_grad;
  int iterations;
};

double evaluate(void* solve, const double* x, double* g, const int, const double) {
  return static_cast<Solve*>(solve)->meter.evaluate(x, g);
}

/** The test on max|g|, which libLBFGS does not have: not 0 stops. */
int progress(void* instance, const double*, const double* g, const double, const double, const double, const double,
             int n, int iteration, int) {
  Solve& solve = *static_cast<Solve*>(instance);
  solve.iterations = iteration;
  return std::all_of(g, g + n, [&solve](double entry) { return std::abs(entry) <= solve.tolerance_grad; });
}

}  // namespace

int main(int, char** argv) {
  Meter meter(argv[1], argv[2], {std::atof(argv[6]), std::atof(argv[7])});
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.m = std::atoi(argv[3]);
  options.max_iterations = std::atoi(argv[4]);
  options.epsilon = 0;
  double* x = lbfgs_malloc(static_cast<int>(meter.x0().size()));
  while (meter.again()) {
    std::copy(meter.x0().begin(), meter.x0().end(), x);
    Solve solve{meter, std::atof(argv[5]), 0};
    const int end = lbfgs(static_cast<int>(meter.x0().size()), x, nullptr, evaluate, progress, &solve, &options);
    meter.report(x, solve.iterations, end == 1 ? "gradient" : "code " + std::to_string(end));
  }
  lbfgs_free(x);
}
