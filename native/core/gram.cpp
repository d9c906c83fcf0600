#include "gram.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace lbfgs {
namespace {

// Rows are gone through in whole groups of columns, zeros behind the last place.
constexpr Index group = 4;
Index padded(Index places) { return (places + group - 1) / group * group; }

// to <- to - factor from, of whole groups.
void subtract(double factor, const double* from, double* to, Index columns) {
  using Groups = Eigen::Array<double, group, Eigen::Dynamic>;
  Eigen::Map<Groups, Eigen::Aligned16>(to, group, columns / group) -=
      factor * Eigen::Map<const Groups, Eigen::Aligned16>(from, group, columns / group);
}

}  // namespace

Gram::Gram(Index places)
    : s_y_(places, padded(places)),
      y_s_(places, padded(places)),
      y_y_(places, padded(places)),
      scratch_(3, padded(places)) {}

// The row and the column of the place <- 0.
void Gram::use(Index place) {
  const Index columns = padded(std::max(used_, place + 1));
  for (const Storage<double>* matrix : {&s_y_, &y_s_, &y_y_}) {
    for (Index row = 0; row < used_; ++row) {
      double* const entries = matrix->row(row);
      std::fill(entries + padded(used_), entries + columns, 0.0);
      entries[place] = 0.0;
    }
    for (Index row = std::min(place, used_); row <= place; ++row) std::fill_n(matrix->row(row), columns, 0.0);
  }
  if (place >= used_) {
    for (Index vector = 0; vector < 3; ++vector)
      std::fill(scratch_.row(vector) + padded(used_), scratch_.row(vector) + columns, 0.0);
  }
  used_ = std::max(used_, place + 1);
}

void Gram::put(Index place, const PairProducts* products, const std::vector<Index>& older) {
  use(place);
  double* const y_s = y_s_.row(place);
  double* const y_y = y_y_.row(place);
  for (const Index i : older) {
    s_y_.row(i)[place] = y_s[i] = products[i].s_y;
    y_y_.row(i)[place] = y_y[i] = products[i].y_y;
  }
  y_y[place] = products[place].y_y;
}

// alpha_i = rho_i s_i . q_i      with  q_i = g - sum_{k newer} alpha_k y_k
// beta_i  = rho_i y_i . r_i      with  r_i = gamma q_0 + sum_{k older} (alpha_k - beta_k) s_k
void Gram::solve(const std::vector<Index>& by_age, const double* rho, double gamma, const PairProducts* products,
                 PairCoefficients* coefficients) {
  double* const s_q = scratch_.row(0);
  double* const y_q = scratch_.row(1);
  double* const y_r = scratch_.row(2);
  const Index columns = padded(used_);
  for (const Index i : by_age) {
    s_q[i] = products[i].s_g;
    y_q[i] = products[i].y_g;
    y_r[i] = 0.0;
  }
  if (by_age.empty()) return;
  // The entry that comes next is also computed by itself: waiting for it to come back from memory takes longer.
  double next = s_q[by_age.back()];
  for (std::size_t age = by_age.size(); age-- > 0;) {
    const Index k = by_age[age];
    const double alpha = rho[k] * next;
    const double* const y_s = y_s_.row(k);
    if (age > 0) next = s_q[by_age[age - 1]] - alpha * y_s[by_age[age - 1]];
    coefficients[k].change = alpha;
    subtract(alpha, y_s, s_q, columns);
    subtract(alpha, y_y_.row(k), y_q, columns);
  }
  next = 0.0;
  for (std::size_t age = 0; age < by_age.size(); ++age) {
    const Index k = by_age[age];
    const double alpha = coefficients[k].change;
    const double step = rho[k] * (gamma * y_q[k] + next) - alpha;
    const double* const s_y = s_y_.row(k);
    if (age + 1 < by_age.size()) next = y_r[by_age[age + 1]] - step * s_y[by_age[age + 1]];
    coefficients[k] = {step, gamma * alpha};
    subtract(step, s_y, y_r, columns);
  }
}

}  // namespace lbfgs
