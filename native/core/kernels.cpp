#include "kernels.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

namespace lbfgs {
namespace {

template <class T>
using Read = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using Write = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

// The sum over one block, in double for float entries too.
template <class T>
double block_dot(const Read<T>& a, const Read<T>& b) {
  return (a.template cast<double>() * b.template cast<double>()).sum();
}

}  // namespace

template <class T>
double dot(const T* a, const T* b, Index n) {
  double sum = 0.0;
  for_each_block(n, [&](Index at, Index size) { sum += block_dot<T>({a + at, size}, {b + at, size}); });
  return sum;
}

template <class T>
double norm1(const T* a, Index n) {
  double sum = 0.0;
  for_each_block(n, [&](Index at, Index size) { sum += Read<T>(a + at, size).abs().template cast<double>().sum(); });
  return sum;
}

template <class T>
bool all_finite(const T* a, Index n) {
  return Read<T>(a, n).allFinite();
}

template <class T>
void axpy(double alpha, const T* x, T* y, Index n) {
  Write<T>(y, n) += static_cast<T>(alpha) * Read<T>(x, n);
}

template <class T>
void scale(double alpha, const T* x, T* y, Index n) {
  Write<T>(y, n) = static_cast<T>(alpha) * Read<T>(x, n);
}

template <class T>
DirectionSummary summarise_direction(const T* g, const T* d, Index n) {
  DirectionSummary summary{0.0, 0.0};
  bool finite = true;
  for_each_block(n, [&](Index at, Index size) {
    const Read<T> g_block(g + at, size);
    const Read<T> d_block(d + at, size);
    summary.slope += block_dot<T>(g_block, d_block);
    summary.max = std::max(summary.max, static_cast<double>(d_block.abs().maxCoeff()));
    finite = finite && d_block.allFinite();
  });
  if (!finite) summary.max = std::numeric_limits<double>::infinity();
  return summary;
}

template <class T>
Curvature form_pair(double t, const T* d, const T* g, const T* g_before, T* s, T* y, Index n) {
  Curvature curvature{0.0, 0.0};
  for_each_block(n, [&](Index at, Index size) {
    Write<T>(s + at, size) = static_cast<T>(t) * Read<T>(d + at, size);
    Write<T>(y + at, size) = Read<T>(g + at, size) - Read<T>(g_before + at, size);
    const Read<T> y_block(y + at, size);
    curvature.ys += block_dot<T>(y_block, {s + at, size});
    curvature.yy += block_dot<T>(y_block, y_block);
  });
  return curvature;
}

template double dot(const float*, const float*, Index);
template double dot(const double*, const double*, Index);
template double norm1(const float*, Index);
template double norm1(const double*, Index);
template bool all_finite(const float*, Index);
template bool all_finite(const double*, Index);
template void axpy(double, const float*, float*, Index);
template void axpy(double, const double*, double*, Index);
template void scale(double, const float*, float*, Index);
template void scale(double, const double*, double*, Index);
template DirectionSummary summarise_direction(const float*, const float*, Index);
template DirectionSummary summarise_direction(const double*, const double*, Index);
template Curvature form_pair(double, const float*, const float*, const float*, float*, float*, Index);
template Curvature form_pair(double, const double*, const double*, const double*, double*, double*, Index);

}  // namespace lbfgs
