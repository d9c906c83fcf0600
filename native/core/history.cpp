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
Curvature History<T>::propose(double t, const T* d, const T* g, const T* g_before) {
  rows_used_ = std::max(rows_used_, next_row() + 1);
  return form_pair(t, d, g, g_before, s_.row(next_row()), y_.row(next_row()), n_);
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
  dropped_ = size_ == capacity_;
  if (dropped_) {
    first_ = row_of(1);
  } else {
    ++size_;
  }
}

template <class T>
void History<T>::undo() {
  if (dropped_) {
    first_ = row_of(capacity_);  // one row back on the ring of capacity + 1
    dropped_ = false;
  } else {
    --size_;
  }
}

template <class T>
void History<T>::append(const T* s, const T* y, double rho) {
  rows_used_ = std::max(rows_used_, next_row() + 1);
  std::copy_n(s, n_, s_.row(next_row()));
  std::copy_n(y, n_, y_.row(next_row()));
  keep(rho);
}

template <class T>
void History<T>::direction(double h_diag, const T* g, T* d) {
  double* const alpha = alpha_.row(0);
  scale(-1.0, g, d, n_);
  for (Index age = size_ - 1; age >= 0; --age) {
    alpha[age] = rho(age) * dot(s(age), d, n_);
    axpy(-alpha[age], y(age), d, n_);
  }
  scale(h_diag, d, d, n_);
  for (Index age = 0; age < size_; ++age) {
    const double beta = rho(age) * dot(y(age), d, n_);
    axpy(alpha[age] - beta, s(age), d, n_);
  }
}

template class History<float>;
template class History<double>;

}  // namespace lbfgs
