// The inverse Hessian of BFGS as the textbook has it, a full matrix.
#pragma once

#include <cmath>
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

// H of these pairs, the oldest first, with H0 = h_diag I.
inline Matrix bfgs_inverse(const std::vector<Pair>& pairs, double h_diag, std::size_t n) {
  Matrix h(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) h[i][i] = h_diag;
  for (const Pair& pair : pairs) h = bfgs_update(h, pair);
  return h;
}

// Multiples of 1/4096 in [-1, 1): small sums and differences of them are exact in float too.
inline std::vector<double> grid_vector(Random& random, std::size_t n) {
  std::vector<double> values = random.vector(n);
  for (double& value : values) value = std::nearbyint(value * 4096.0) / 4096.0;
  return values;
}

// A pair whose entries are multiples of 1/4096, with y . s > 0 and curvatures between 1/2 and 5/2.
inline Pair random_pair(Random& random, std::size_t n) {
  Pair pair{grid_vector(random, n), random.vector(n), 0.0};
  for (std::size_t i = 0; i < n; ++i) pair.y[i] = std::nearbyint((1.5 + pair.y[i]) * pair.s[i] * 4096.0) / 4096.0;
  pair.rho = 1.0 / plain_dot(pair.y, pair.s);
  return pair;
}

}  // namespace lbfgs::test
