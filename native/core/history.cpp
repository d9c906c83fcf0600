#include "history.hpp"

#include <algorithm>
#include <cmath>

namespace lbfgs {
namespace {

constexpr double least_curvature = 1e-10;  // torch's threshold on y . s

}  // namespace

template <class T>
History<T>::History(Index n, Index capacity)
    : n_(n),
      capacity_(capacity),
      s_(capacity + 1, n),
      y_(capacity + 1, n),
      rho_(1, capacity + 1),
      alpha_(1, capacity) {}

template <class T>
Curvature History<T>::form(double t, const T* d, const T* g, const T* g_before, Index known) {
  rows_used_ = std::max(rows_used_, next_row() + 1);
  T* const s = s_.row(next_row());
  T* const y = y_.row(next_row());
  std::fill(s + known, s + n_, T(0));
  std::fill(y + known, y + n_, T(0));
  return form_pair(t, d, g, g_before, s, y, known);
}

template <class T>
bool History<T>::push(const Curvature& curvature) {
  if (!(curvature.ys > least_curvature) || !std::isfinite(curvature.ys)) return false;
  if (!(curvature.scale() > 0.0) || !std::isfinite(curvature.scale())) return false;
  keep(1.0 / curvature.ys);
  return true;
}

template <class T>
void History<T>::keep(double rho) {
  rho_.row(0)[next_row()] = rho;
  if (proposed_.size == capacity_) {
    proposed_.first = row_of(proposed_, 1);
  } else {
    ++proposed_.size;
  }
}

template <class T>
void History<T>::append(const T* s, const T* y, double rho) {
  rows_used_ = std::max(rows_used_, next_row() + 1);
  std::copy_n(s, n_, s_.row(next_row()));
  std::copy_n(y, n_, y_.row(next_row()));
  keep(rho);
  commit();
}

template <class T>
void History<T>::direction(double h_diag, const T* g, T* d) {
  double* const alpha = alpha_.row(0);
  const double* const rho = rho_.row(0);
  scale(-1.0, g, d, n_);
  for (Index age = proposed_.size - 1; age >= 0; --age) {
    const Index row = row_of(proposed_, age);
    alpha[age] = rho[row] * dot(s_.row(row), d, n_);
    axpy(-alpha[age], y_.row(row), d, n_);
  }
  scale(h_diag, d, d, n_);
  for (Index age = 0; age < proposed_.size; ++age) {
    const Index row = row_of(proposed_, age);
    const double beta = rho[row] * dot(y_.row(row), d, n_);
    axpy(alpha[age] - beta, s_.row(row), d, n_);
  }
}

template class History<float>;
template class History<double>;

}  // namespace lbfgs
