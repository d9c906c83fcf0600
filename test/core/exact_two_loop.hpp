// The reference of the core, recursion/two_loop.hpp, in long double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/recursion/two_loop.hpp"
#include "dense_bfgs.hpp"

namespace lbfgs::test {

template <class A, class B>
long double long_dot(const std::vector<A>& a, const std::vector<B>& b) {
  long double sum = 0.0L;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<long double>(a[i]) * static_cast<long double>(b[i]);
  return sum;
}

template <class Number>
Eigen::VectorX<long double> widened(const std::vector<Number>& values) {
  Eigen::VectorX<long double> wide(static_cast<Eigen::Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) wide[static_cast<Eigen::Index>(i)] = values[i];
  return wide;
}

/// -H g by the reference, of these pairs and their rho, the oldest first, with this diagonal H0.
inline std::vector<long double> exact_direction(const std::vector<Pair>& pairs, const std::vector<double>& h0,
                                                const std::vector<double>& g) {
  std::vector<CurvaturePair<long double>> wide;
  for (const Pair& pair : pairs) wide.push_back({widened(pair.s), widened(pair.y), pair.rho});
  const Eigen::VectorX<long double> d = two_loop_direction<long double>(wide, widened(h0), widened(g));
  return {d.begin(), d.end()};
}

/// -H g by the reference, of these pairs and their rho, the oldest first, with H0 = gamma I.
inline std::vector<long double> exact_direction(const std::vector<Pair>& pairs, double gamma,
                                                const std::vector<double>& g) {
  return exact_direction(pairs, std::vector<double>(g.size(), gamma), g);
}

/// A close lower bound on the norm |H|, by ten power iterations.
inline double inverse_norm(const std::vector<Pair>& pairs, const std::vector<double>& h0, std::size_t n) {
  Random random(1234);
  std::vector<double> v = random.vector(n);
  double norm = 0.0;
  for (int iteration = 0; iteration < 10; ++iteration) {
    const double size = std::sqrt(plain_dot(v, v));
    for (double& entry : v) entry /= size;
    const std::vector<long double> next = exact_direction(pairs, h0, v);
    norm = static_cast<double>(std::sqrt(long_dot(next, next)));
    for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<double>(next[i]);
  }
  return norm;
}
inline double inverse_norm(const std::vector<Pair>& pairs, double gamma, std::size_t n) {
  return inverse_norm(pairs, std::vector<double>(n, gamma), n);
}

/// |a - b|
template <class A, class B>
double distance(const std::vector<A>& a, const std::vector<B>& b) {
  std::vector<long double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = static_cast<long double>(a[i]) - b[i];
  return static_cast<double>(std::sqrt(long_dot(difference, difference)));
}

}  // namespace lbfgs::test
