// LBFGS++ (Qiu), with its line search by Nocedal and Wright; compiled here, for this machine.

#include <LBFGS.h>

#include "harness.hpp"

namespace {

bench::Clock* clock_now = nullptr;

struct Done {};

// LBFGS++ calls its line search once an iteration: the place for the clock.
template <class T>
struct TimedLineSearch {
  template <class F, class Vector>
  static void LineSearch(F& f, T& fx, Vector& x, Vector& g, T& step, const Vector& d, const Vector& xp,
                         const LBFGSpp::LBFGSParam<T>& parameters) {
    LBFGSpp::LineSearchNocedalWright<T>::LineSearch(f, fx, x, g, step, d, xp, parameters);
    clock_now->iteration();
    if (clock_now->done()) throw Done{};
  }
};

// A pair is taken unless y . y > s . y / epsilon, which neither problem comes near (the curvature is at most 3).
template <class T>
void solve(const bench::Problem<T>& problem, const bench::Request& request, bench::Clock& clock) {
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
  clock_now = &clock;
  LBFGSpp::LBFGSParam<T> parameters;
  parameters.m = static_cast<int>(request.m);
  parameters.epsilon = 0;
  parameters.epsilon_rel = 0;
  parameters.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
  LBFGSpp::LBFGSSolver<T, TimedLineSearch> solver(parameters);
  auto evaluate = [&](const Vector& x, Vector& g) {
    clock.evaluation();
    return problem(x.data(), g.data());
  };
  Vector x = Vector::Ones(problem.n());
  T loss = 0;
  try {
    solver.minimize(evaluate, x, loss);
  } catch (const Done&) {
  }
}

}  // namespace

int main() {
  bench::serve([](const bench::Request& request) {
    if (request.dtype == "float32") {
      bench::answer<float>(request, solve<float>);
    } else {
      bench::answer<double>(request, solve<double>);
    }
  });
}
