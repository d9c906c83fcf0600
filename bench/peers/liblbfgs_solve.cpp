// A whole solve of Rosenbrock's function of two variables by libLBFGS, from the call to the result;
// ../harness/whole-solve.ts does the same by the others.

#include <lbfgs.h>

#include <string>

#include "harness.hpp"

namespace {

constexpr int kWarmUp = 10000;
constexpr int kBatch = 50;  // solves between two looks at the clock

double rosenbrock(void* evaluations, const double* x, double* g, int, double) {
  ++*static_cast<long*>(evaluations);
  const double valley = x[1] - x[0] * x[0];
  const double away = 1.0 - x[0];
  g[0] = -400.0 * x[0] * valley - 2.0 * away;
  g[1] = 200.0 * valley;
  return 100.0 * valley * valley + away * away;
}

// The test on max|g|, which libLBFGS does not have: not 0 stops.
int progress(void*, const double*, const double* g, double, double, double, double, int, int, int) {
  return std::max(std::abs(g[0]), std::abs(g[1])) <= 1e-7 ? 1 : 0;
}

// Its evaluations; throws where the solve did not end at the minimum.
long solve(int m) {
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = m;
  parameters.epsilon = 0.0;
  double* const x = lbfgs_malloc(2);
  if (x == nullptr) throw std::bad_alloc();
  x[0] = -1.2;
  x[1] = 1.0;
  long evaluations = 0;
  const int status = lbfgs(2, x, nullptr, rosenbrock, progress, &evaluations, &parameters);
  const double off = std::max(std::abs(x[0] - 1.0), std::abs(x[1] - 1.0));
  lbfgs_free(x);
  if (status != 1) throw std::runtime_error("lbfgs() returned " + std::to_string(status));
  if (!(off < 1e-6)) throw std::runtime_error("ended " + std::to_string(off) + " from the minimum");
  return evaluations;
}

// Nanoseconds of a solve, the mean over so many seconds.
double mean(int m, double seconds) {
  const double begun = bench::nanoseconds();
  for (int solves = kBatch;; solves += kBatch) {
    for (int i = 0; i < kBatch; ++i) solve(m);
    const double elapsed = bench::nanoseconds() - begun;
    if (elapsed >= seconds * 1e9) return elapsed / solves;
  }
}

}  // namespace

int main() {
  bench::serve([](const bench::Request& request) {
    const int m = static_cast<int>(request.m);
    for (int i = 0; i < kWarmUp; ++i) solve(m);
    const double nanoseconds = mean(m, request.seconds);
    std::cout << "{\"solve\": " << nanoseconds << ", \"evaluations\": " << solve(m) << ", \"construction\": null}"
              << std::endl;
  });
}
