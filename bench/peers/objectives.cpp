// The problems of whole solves. Compiled without contraction to fused multiply-adds, so that the numbers are those of
// JavaScript but for the last places of exp, log1p, sin and cos.

#include "objectives.hpp"

#include <numbers>

namespace bench {
namespace {

double rosenbrock(Index n, const double* x, double* g) {
  double loss = 0;
  g[0] = 0;
  for (Index i = 0; i + 1 < n; i++) {
    const double valley = x[i + 1] - x[i] * x[i];
    const double away = 1 - x[i];
    loss += 100 * valley * valley + away * away;
    g[i] -= 400 * x[i] * valley + 2 * away;
    g[i + 1] = 200 * valley;
  }
  return loss;
}

double logistic(const Data& data, const double* x, double* g) {
  const Index n = data.columns - 1;
  double loss = 0;
  for (Index j = 0; j < n; j++) {
    loss += 0.5 * data.penalty * x[j] * x[j];
    g[j] = data.penalty * x[j];
  }
  for (Index row = 0; row < data.rows; row++) {
    const double* features = data.values.data() + row * data.columns;
    const double label = features[n];
    double z = 0;
    for (Index j = 0; j < n; j++) z += features[j] * x[j];
    const double margin = label * z;
    const double e = std::exp(-std::abs(margin));
    loss += std::log1p(e) + std::fmax(-margin, 0);
    const double slope = (-label * (margin > 0 ? e : 1)) / (1 + e);
    for (Index j = 0; j < n; j++) g[j] += slope * features[j];
  }
  return loss;
}

/** x: level, growth, rate, three pairs of cos and sin, frequency. Rows of data: t and ppm. */
double co2(const Data& data, const double* x, double* g) {
  constexpr double pi = std::numbers::pi;
  const double frequency = x[9];
  double loss = 0;
  double by[10] = {};
  for (Index row = 0; row < data.rows; row++) {
    const double t = data.values[static_cast<std::size_t>(2 * row)];
    const double ppm = data.values[static_cast<std::size_t>(2 * row + 1)];
    const double e = std::exp(x[2] * t);
    const double c1 = std::cos(2 * pi * frequency * t);
    const double s1 = std::sin(2 * pi * frequency * t);
    const double c2 = c1 * c1 - s1 * s1;
    const double s2 = 2 * s1 * c1;
    const double c3 = c2 * c1 - s2 * s1;
    const double s3 = s2 * c1 + c2 * s1;
    const double season = x[3] * c1 + x[4] * s1 + x[5] * c2 + x[6] * s2 + x[7] * c3 + x[8] * s3;
    const double by_angle = x[4] * c1 - x[3] * s1 + 2 * (x[6] * c2 - x[5] * s2) + 3 * (x[8] * c3 - x[7] * s3);
    const double residual = x[0] + x[1] * e + season - ppm;
    const double factors[10] = {1, e, x[1] * t * e, c1, s1, c2, s2, c3, s3, 2 * pi * t * by_angle};
    loss += residual * residual;
    for (int i = 0; i < 10; i++) by[i] += residual * factors[i];
  }
  const double months = static_cast<double>(data.rows);
  for (int i = 0; i < 10; i++) g[i] = (2 * by[i]) / months;
  return loss / months;
}

}  // namespace

Objective<double> objective_named(const std::string& name, Index n, const Data& data) {
  if (name == "rosenbrock") return [n](const double* x, double* g) { return rosenbrock(n, x, g); };
  if (name == "logistic") return [data](const double* x, double* g) { return logistic(data, x, g); };
  if (name == "co2") return [data](const double* x, double* g) { return co2(data, x, g); };
  throw std::runtime_error("Unknown problem " + name);
}

}  // namespace bench
