// The problems of the whole-solve benchmark, as problems.ts has them, operation by operation: with -ffp-contract=off
// the numbers are the same but for the last places of exp, log1p, sin and cos.
#pragma once

#include <cmath>
#include <cstddef>
#include <fstream>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

/** What problems.ts wrote: n, rows, columns, penalty, x0, values (rows x columns). */
struct Data {
  std::size_t rows = 0;
  std::size_t columns = 0;
  double penalty = 0;
  std::vector<double> x0;
  std::vector<double> values;
};

inline Data read_data(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const auto read = [&in](double* to, std::size_t count) {
    in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(count * sizeof(double)));
  };
  double head[4];
  read(head, 4);
  if (!in) throw std::runtime_error("Expected a problem in " + file);
  Data data{static_cast<std::size_t>(head[1]), static_cast<std::size_t>(head[2]), head[3], {}, {}};
  data.x0.resize(static_cast<std::size_t>(head[0]));
  data.values.resize(data.rows * data.columns);
  read(data.x0.data(), data.x0.size());
  read(data.values.data(), data.values.size());
  if (!in) throw std::runtime_error("Expected a whole problem in " + file);
  return data;
}

/** Fills g at x (both: n) and returns the loss. */
using Objective = double (*)(const Data& data, const double* x, double* g);

inline double rosenbrock(const Data& data, const double* x, double* g) {
  double loss = 0;
  g[0] = 0;
  for (std::size_t i = 0; i + 1 < data.x0.size(); i++) {
    const double valley = x[i + 1] - x[i] * x[i];
    const double away = 1 - x[i];
    loss += 100 * valley * valley + away * away;
    g[i] -= 400 * x[i] * valley + 2 * away;
    g[i + 1] = 200 * valley;
  }
  return loss;
}

inline double logistic(const Data& data, const double* x, double* g) {
  const std::size_t n = data.x0.size();
  double loss = 0;
  for (std::size_t j = 0; j < n; j++) {
    loss += 0.5 * data.penalty * x[j] * x[j];
    g[j] = data.penalty * x[j];
  }
  for (std::size_t row = 0; row < data.rows; row++) {
    const double* features = data.values.data() + row * data.columns;
    const double label = features[n];
    double z = 0;
    for (std::size_t j = 0; j < n; j++) z += features[j] * x[j];
    const double margin = label * z;
    const double e = std::exp(-std::abs(margin));
    loss += std::log1p(e) + std::fmax(-margin, 0);
    const double slope = (-label * (margin > 0 ? e : 1)) / (1 + e);
    for (std::size_t j = 0; j < n; j++) g[j] += slope * features[j];
  }
  return loss;
}

/** level, growth, rate, three pairs of cos and sin, frequency; rows of t and ppm. */
inline double co2(const Data& data, const double* x, double* g) {
  constexpr double pi = std::numbers::pi;
  const double frequency = x[9];
  double loss = 0;
  double by[10] = {};
  for (std::size_t row = 0; row < data.rows; row++) {
    const double t = data.values[2 * row];
    const double ppm = data.values[2 * row + 1];
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

inline Objective objective_named(const std::string& name) {
  if (name == "rosenbrock") return rosenbrock;
  if (name == "logistic") return logistic;
  if (name == "co2") return co2;
  throw std::runtime_error("Unknown problem " + name);
}
