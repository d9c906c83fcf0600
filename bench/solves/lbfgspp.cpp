// Subject: LBFGS++ with its strong-Wolfe line search. Arguments: problem, file, history, iterations, max|g|, two
// targets.

#include <LBFGS.h>

#include <cstdlib>

#include "meter.hpp"

int main(int, char** argv) {
  Meter meter(argv[1], argv[2], {std::atof(argv[6]), std::atof(argv[7])});
  LBFGSpp::LBFGSParam<double> options;
  options.m = std::atoi(argv[3]);
  options.max_iterations = std::atoi(argv[4]);
  options.epsilon = std::atof(argv[5]);  // of the Euclidean norm, which is not below max|g|
  options.epsilon_rel = 0;
  options.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
  const auto evaluate = [&meter](const Eigen::VectorXd& x, Eigen::VectorXd& g) {
    return meter.evaluate(x.data(), g.data());
  };
  while (meter.again()) {
    Eigen::VectorXd x =
        Eigen::Map<const Eigen::VectorXd>(meter.x0().data(), static_cast<Eigen::Index>(meter.x0().size()));
    double loss = 0;
    LBFGSpp::LBFGSSolver<double, LBFGSpp::LineSearchNocedalWright> solver(options);
    try {
      const int iterations = solver.minimize(evaluate, x, loss);
      meter.report(x.data(), iterations, "gradient");
    } catch (const std::runtime_error& error) {
      meter.report(x.data(), 0, error.what());
    }
  }
}
