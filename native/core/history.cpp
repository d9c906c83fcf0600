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

// Each axpy of the recursion is fused with the dot product after it: one pass over d instead of two.
template <class T>
double History<T>::direction(double h_diag, const T* g, T* d) {
  const Window& pairs = proposed_;
  if (pairs.size == 0) return scale_dot(-h_diag, g, d, g, n_);
  const auto s = [&](Index age) { return s_.row(row_of(pairs, age)); };
  const auto y = [&](Index age) { return y_.row(row_of(pairs, age)); };
  const auto rho = [&](Index age) { return rho_.row(0)[row_of(pairs, age)]; };
  double* const alpha = alpha_.row(0);
  const Index newest = pairs.size - 1;

  double product = scale_dot(-1.0, g, d, s(newest), n_);
  for (Index age = newest; age > 0; --age) {
    alpha[age] = rho(age) * product;
    product = axpy_dot(-alpha[age], y(age), d, s(age - 1), n_);
  }
  alpha[0] = rho(0) * product;
  product = axpy_scale_dot(-alpha[0], y(0), h_diag, d, y(0), n_);
  for (Index age = 0; age < newest; ++age) {
    product = axpy_dot(alpha[age] - rho(age) * product, s(age), d, y(age + 1), n_);
  }
  return axpy_dot(alpha[newest] - rho(newest) * product, s(newest), d, g, n_);
}

template class History<float>;
template class History<double>;

}  // namespace lbfgs
