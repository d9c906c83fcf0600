// The textbook's inverse Hessian, a full matrix.
#pragma once

#include <cstddef>
#include <vector>

#include "random.hpp"

namespace lbfgs::test {

using Matrix = std::vector<std::vector<double>>;

struct Pair {
  std::vector<double> s;
  std::vector<double> y;
  double rho;
  bool operator==(const Pair&) const = default;
};

inline double plain_dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// H <- (I - rho s y') H (I - rho y s') + rho s s'  (Nocedal & Wright eq. 6.17)
inline Matrix bfgs_update(const Matrix& h, const Pair& pair) {
  const std::size_t n = h.size();
  Matrix left(n, std::vector<double>(n));
  Matrix updated = left;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) left[i][j] += ((i == k) - pair.rho * pair.s[i] * pair.y[k]) * h[k][j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) updated[i][j] += left[i][k] * ((k == j) - pair.rho * pair.y[k] * pair.s[j]);
      updated[i][j] += pair.rho * pair.s[i] * pair.s[j];
    }
  }
  return updated;
}

// A pair with y . s > 0.
inline Pair random_pair(Random& random, std::size_t n) {
  Pair pair{random.vector(n), random.vector(n), 0.0};
  for (std::size_t i = 0; i < n; ++i) pair.y[i] = (1.5 + pair.y[i]) * pair.s[i];
  pair.rho = 1.0 / plain_dot(pair.y, pair.s);
  return pair;
}

}  // namespace lbfgs::test
