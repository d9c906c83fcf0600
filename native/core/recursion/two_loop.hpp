// The two-loop recursion as the book has it: the reference that the faster forms are tested against.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

namespace lbfgs {

/// One curvature pair of vectors of `Number`, and rho = 1 / (y . s).
template <class Number>
struct CurvaturePair {
  Eigen::VectorX<Number> s;
  Eigen::VectorX<Number> y;
  Number rho;
};

/// Returns -H g, where H is the L-BFGS inverse Hessian of these pairs, the oldest first. h0: the diagonal of
/// H0.
///
/// Source: Nocedal & Wright algorithm 7.4.
template <class Number>
Eigen::VectorX<Number> two_loop_direction(const std::vector<CurvaturePair<Number>>& pairs,
                                          const Eigen::VectorX<Number>& h0, const Eigen::VectorX<Number>& g) {
  std::vector<Number> alpha(pairs.size());
  Eigen::VectorX<Number> q = g;
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = pairs[i].rho * pairs[i].s.dot(q);
    q -= alpha[i] * pairs[i].y;
  }
  Eigen::VectorX<Number> r = h0.cwiseProduct(q);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Number beta = pairs[i].rho * pairs[i].y.dot(r);
    r += (alpha[i] - beta) * pairs[i].s;
  }
  return -r;
}

}  // namespace lbfgs
