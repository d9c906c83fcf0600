// LBFGS++ (Qiu), with its line search by Nocedal and Wright; compiled here, for this machine. A pair is taken unless
// y . y > s . y / epsilon, which the endless problem does not come near: its curvature is at most 3.

#include <LBFGS.h>
#include <LBFGSB.h>

#include "harness.hpp"

namespace {

struct Done {};

template <class T>
bench::Run<T>* run_now = nullptr;

/** LBFGS++ calls its line search once an iteration, so iterations are timed and the evaluations limited there. */
template <class T>
struct TimedLineSearch {
  template <class F, class Vector>
  static void LineSearch(F& f, T& fx, Vector& x, Vector& g, T& step, const Vector& d, const Vector& xp,
                         const LBFGSpp::LBFGSParam<T>& parameters) {
    LBFGSpp::LineSearchNocedalWright<T>::LineSearch(f, fx, x, g, step, d, xp, parameters);
    if (run_now<T>->iteration() || run_now<T>->is_spent()) throw Done{};
  }
};

/** Solves by the L-BFGS-B of LBFGS++, which has other parameters. */
void solve_in_box(bench::Run<double>& run) {
  using Vector = Eigen::VectorXd;
  LBFGSpp::LBFGSBParam<double> parameters;
  if (!run.is_at_defaults()) {
    if (run.m > 0) parameters.m = static_cast<int>(run.m);
    parameters.max_iterations = static_cast<int>(run.max_iterations);
    parameters.epsilon = run.tolerance_grad;  // of max|P(x - g) - x|
    parameters.epsilon_rel = 0;
    parameters.past = 0;
  }
  LBFGSpp::LBFGSBSolver<double> solver(parameters);
  auto evaluate = [&](const Vector& x, Vector& g) {
    if (run.is_spent()) throw Done{};
    return run.evaluate(x.data(), g.data());
  };
  const auto vector = [&](const std::vector<double>& of) -> Vector {
    return Eigen::Map<const Vector>(of.data(), run.n);
  };
  Vector x = vector(run.x0);
  double loss = 0;
  try {
    const int iterations = solver.minimize(evaluate, x, loss, vector(run.lower), vector(run.upper));
    run.finish(x.data(), iterations, "converged", true);
  } catch (const Done&) {
    run.finish(x.data(), 0, "stopped", false);
  } catch (const std::exception& error) {
    run.finish(x.data(), 0, error.what(), false);
  }
}

template <class T>
void solve(bench::Run<T>& run) {
  if (!run.weights.empty()) throw bench::Unavailable("no L1 penalty");
  if constexpr (std::is_same_v<T, double>) {
    if (!run.lower.empty()) return solve_in_box(run);
  }
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
  run_now<T> = &run;
  LBFGSpp::LBFGSParam<T> parameters;
  parameters.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;  // the default of later versions
  if (!run.is_at_defaults()) {
    parameters.m = static_cast<int>(run.m);
    parameters.max_iterations = static_cast<int>(run.max_iterations);
    parameters.epsilon = static_cast<T>(run.tolerance_grad);  // of the Euclidean norm, which is not below max|g|
    parameters.epsilon_rel = 0;
  }
  LBFGSpp::LBFGSSolver<T, TimedLineSearch> solver(parameters);
  auto evaluate = [&](const Vector& x, Vector& g) { return run.evaluate(x.data(), g.data()); };
  Vector x = Eigen::Map<const Vector>(run.x0.data(), run.n);
  T loss = 0;
  try {
    const int iterations = solver.minimize(evaluate, x, loss);
    run.finish(x.data(), iterations, "gradient", true);
  } catch (const Done&) {
    run.finish(x.data(), 0, "stopped", false);
  } catch (const std::exception& error) {
    run.finish(x.data(), 0, error.what(), false);
  }
}

}  // namespace

int main() { return bench::serve(solve<double>, solve<float>); }
