#include "core/recursion/gram.hpp"

#include <algorithm>

#include "core/vectors/cpu/kernels/instruction_set.hpp"

namespace lbfgs {
namespace {

// Rows are gone through in whole registers, zeros behind the last place.
constexpr Index lanes = 8;
Index padded(Index places) { return (places + lanes - 1) / lanes * lanes; }

// to <- to + factors[0] rows[0] + factors[1] rows[1] + …
void add(const double* const* rows, const double* factors, Index count, double* to, Index columns) {
  std::get<PairKernels<double, double>>(*instruction_set().kernels)
      .add_rows(1.0, rows, factors, count, to, columns, nullptr);
}

}  // namespace

Gram::Gram(Index places)
    : s_y_(places, padded(places)),
      y_s_(places, padded(places)),
      y_y_(places, padded(places)),
      scratch_(3, padded(places)),
      rows_(static_cast<std::size_t>(places)),
      factors_(static_cast<std::size_t>(places)) {}

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

// For one place after the other, from `places` on: its factor <- factor(place, vector[place]), then
// vector <- vector - factor row. The rows of a few places are subtracted together, and what the next of them needs
// before is computed by itself: waiting for it to come back from memory takes longer.
template <class Place, class Factor>
void Gram::eliminate(Place places, Index count, const Storage<double>& matrix, double* vector, Factor&& factor) {
  constexpr Index most_together = 4;
  const Index columns = padded(used_);
  for (Index first = 0; first < count; first += most_together) {
    const Index together = std::min(most_together, count - first);
    const double** const rows = rows_.data() + first;
    double* const factors = factors_.data() + first;
    for (Index k = 0; k < together; ++k) {
      const Index place = *places++;
      double entry = vector[place];
      for (Index before = 0; before < k; ++before) entry += factors[before] * rows[before][place];
      factors[k] = -factor(place, entry);
      rows[k] = matrix.row(place);
    }
    if (first + together < count) add(rows, factors, together, vector, columns);
  }
}

// alpha_i = rho_i s_i . q_i      with  q_i = g - sum_{k newer} alpha_k y_k
// beta_i  = rho_i y_i . r_i      with  r_i = gamma q_0 + sum_{k older} (alpha_k - beta_k) s_k
void Gram::solve(const std::vector<Index>& by_age, const double* rho, double gamma, const PairProducts* products,
                 PairCoefficients* coefficients) {
  double* const s_q = scratch_.row(0);
  double* const y_q = scratch_.row(1);
  double* const y_r = scratch_.row(2);
  for (const Index i : by_age) {
    s_q[i] = products[i].s_g;
    y_q[i] = products[i].y_g;
    y_r[i] = 0.0;
  }
  const auto count = static_cast<Index>(by_age.size());
  eliminate(by_age.rbegin(), count, y_s_, s_q, [=](Index i, double entry) {
    const double alpha = rho[i] * entry;
    coefficients[i].change = alpha;
    return alpha;
  });
  std::transform(by_age.rbegin(), by_age.rend(), rows_.begin(), [this](Index i) { return y_y_.row(i); });
  add(rows_.data(), factors_.data(), count, y_q, padded(used_));
  eliminate(by_age.begin(), count, s_y_, y_r, [=](Index i, double entry) {
    const double alpha = coefficients[i].change;
    const double step = rho[i] * (gamma * y_q[i] + entry) - alpha;
    coefficients[i] = {step, gamma * alpha};
    return step;
  });
}

}  // namespace lbfgs
