#include "core/recursion/gram.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace lbfgs {
namespace {

// Rows are padded to whole registers, with zeros behind the last position.
constexpr Index lanes = 8;
Index padded(Index positions) { return (positions + lanes - 1) / lanes * lanes; }

}  // namespace

Gram::Gram(Index positions)
    : s_y_(positions, padded(positions)),
      y_s_(positions, padded(positions)),
      y_y_(positions, padded(positions)),
      scratch_(3, padded(positions)) {}

// Makes the position a used one: its row and its column <- 0.
void Gram::use(Index position) {
  const Index columns = padded(std::max(used_, position + 1));
  for (const Storage<double>* matrix : {&s_y_, &y_s_, &y_y_}) {
    for (Index row = 0; row < used_; ++row) {
      double* const entries = matrix->row(row);
      std::fill(entries + padded(used_), entries + columns, 0.0);
      entries[position] = 0.0;
    }
    for (Index row = std::min(position, used_); row <= position; ++row) std::fill_n(matrix->row(row), columns, 0.0);
  }
  if (position >= used_) {
    for (Index vector = 0; vector < 3; ++vector)
      std::fill(scratch_.row(vector) + padded(used_), scratch_.row(vector) + columns, 0.0);
  }
  used_ = std::max(used_, position + 1);
}

void Gram::put(Index position, const PairProducts* products, const std::vector<Index>& older) {
  use(position);
  double* const y_s = y_s_.row(position);
  double* const y_y = y_y_.row(position);
  for (const Index i : older) {
    s_y_.row(i)[position] = y_s[i] = products[i].s_y;
    y_y_.row(i)[position] = y_y[i] = products[i].y_y;
  }
  y_y[position] = products[position].y_y;
}

double* Gram::write(const std::vector<Index>& by_age, double* out) const {
  for (auto newer = by_age.begin(); newer != by_age.end(); ++newer) {
    const double* const y_y = y_y_.row(*newer);
    for (auto older = by_age.begin(); older != newer; ++older) {
      *out++ = y_s_.row(*newer)[*older];
      *out++ = y_y[*older];
    }
    *out++ = y_y[*newer];
  }
  return out;
}

void Gram::read(const std::vector<Index>& by_age, const Index* ages, const double* in) {
  for (std::size_t newer = 0; newer < by_age.size(); ++newer) {
    const Index k = by_age[newer];
    const double* const products = in + ages[newer] * ages[newer];
    use(k);
    for (std::size_t older = 0; older < newer; ++older) {
      const Index i = by_age[older];
      s_y_.row(i)[k] = y_s_.row(k)[i] = products[2 * ages[older]];
      y_y_.row(i)[k] = y_y_.row(k)[i] = products[2 * ages[older] + 1];
    }
    y_y_.row(k)[k] = products[2 * ages[newer]];
  }
}

void Gram::change(Index older, Index newer, double s_y, double y_y) {
  y_s_.row(newer)[older] += s_y;
  s_y_.row(older)[newer] = y_s_.row(newer)[older];
  y_y_.row(newer)[older] += y_y;
  y_y_.row(older)[newer] = y_y_.row(newer)[older];
}

// to <- to + factor row, over the positions used.
void Gram::add(double factor, const double* row, double* to) const {
  const Index columns = padded(used_);
  Eigen::Map<Eigen::ArrayXd>(to, columns) += factor * Eigen::Map<const Eigen::ArrayXd>(row, columns);
}

// alpha_i = rho_i s_i . q_i      with  q_i = g - sum_{k newer} alpha_k y_k
// beta_i  = rho_i y_i . r_i      with  r_i = gamma q_0 + sum_{k older} (alpha_k - beta_k) s_k
void Gram::solve(const std::vector<Index>& by_age, const double* rho, double gamma, const PairProducts* products,
                 double* factors) {
  double* const s_q = scratch_.row(0);
  double* const y_q = scratch_.row(1);
  double* const y_r = scratch_.row(2);
  for (const Index i : by_age) {
    s_q[i] = products[i].s_g;
    y_q[i] = products[i].y_g;
    y_r[i] = 0.0;
  }
  double* change = factors;
  for (auto age = by_age.rbegin(); age != by_age.rend(); ++age) {
    const double alpha = rho[*age] * s_q[*age];
    *change++ = alpha;
    add(-alpha, y_s_.row(*age), s_q);
    add(-alpha, y_y_.row(*age), y_q);
  }
  double* step = change;
  for (const Index i : by_age) {
    const double alpha = *--change;
    *step = rho[i] * (gamma * y_q[i] + y_r[i]) - alpha;
    *change = gamma * alpha;
    add(-*step, s_y_.row(i), y_r);
    ++step;
  }
}

}  // namespace lbfgs
