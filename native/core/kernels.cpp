#include "kernels.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace lbfgs {
namespace {

constexpr int lane_count = 16;

// Sixteen partial results, one for every sixteenth entry: what a compiler turns into vector registers.
using Lanes = std::array<double, lane_count>;

// Calls body(i, lane) for i in [at, at + size).
template <class Body>
inline void for_each_entry(Index at, Index size, Body&& body) {
  Index i = at;
  for (; i + lane_count <= at + size; i += lane_count) {
    for (int lane = 0; lane < lane_count; ++lane) body(i + lane, lane);
  }
  for (int lane = 0; i < at + size; ++i, ++lane) body(i, lane);
}

inline double sum_of(Lanes lanes) {
  for (int width = lane_count / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; ++lane) {
      lanes[static_cast<std::size_t>(lane)] += lanes[static_cast<std::size_t>(lane + width)];
    }
  }
  return lanes[0];
}

// The sum of term(i) over one block. Below sixteen entries there is nothing to interleave.
template <class Term>
inline double block_sum(Index at, Index size, Term&& term) {
  if (size < lane_count) {
    double sum = 0.0;
    for (Index i = at; i < at + size; ++i) sum += term(i);
    return sum;
  }
  Lanes lanes{};
  for_each_entry(at, size, [&](Index i, int lane) { lanes[static_cast<std::size_t>(lane)] += term(i); });
  return sum_of(lanes);
}

// The sum of term(i) over [0, n).
template <class Term>
inline double sum_over(Index n, Term&& term) {
  double sum = 0.0;
  for_each_block(n, [&](Index at, Index size) { sum += block_sum(at, size, term); });
  return sum;
}

template <class T>
inline double product(T a, T b) {
  return static_cast<double>(a) * static_cast<double>(b);
}

}  // namespace

template <class T>
double dot(const T* a, const T* b, Index n) {
  return sum_over(n, [=](Index i) { return product(a[i], b[i]); });
}

template <class T>
double norm1(const T* a, Index n) {
  return sum_over(n, [=](Index i) { return static_cast<double>(std::abs(a[i])); });
}

template <class T>
Extent extent(const T* a, Index n) {
  Lanes max{};
  Lanes poison{};  // 0 times anything finite is 0, times anything else NaN
  for_each_entry(0, n, [&](Index i, int lane) {
    const auto at = static_cast<std::size_t>(lane);
    const auto entry = static_cast<double>(std::abs(a[i]));
    max[at] = max[at] < entry ? entry : max[at];
    poison[at] += entry * 0.0;
  });
  Extent found{0.0, sum_of(poison) == 0.0};
  for (const double lane : max) found.max = found.max < lane ? lane : found.max;
  return found;
}

template <class T>
double scale_dot(double alpha, const T* x, T* __restrict y, const T* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    const T value = factor * x[i];
    y[i] = value;
    return product(value, z[i]);
  });
}

template <class T>
double axpy_dot(double alpha, const T* x, T* __restrict y, const T* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  return sum_over(n, [=](Index i) {
    const T value = y[i] + factor * x[i];
    y[i] = value;
    return product(value, z[i]);
  });
}

template <class T>
double axpy_scale_dot(double alpha, const T* x, double gamma, T* __restrict y, const T* z, Index n) {
  const auto factor = static_cast<T>(alpha);
  const auto scale = static_cast<T>(gamma);
  return sum_over(n, [=](Index i) {
    const T value = scale * (y[i] + factor * x[i]);
    y[i] = value;
    return product(value, z[i]);
  });
}

template <class T>
Curvature form_pair(double t, const T* d, const T* g, const T* g_before, T* __restrict s, T* __restrict y, Index n) {
  const auto factor = static_cast<T>(t);
  Curvature curvature{0.0, 0.0};
  for_each_block(n, [&](Index at, Index size) {
    Lanes ys{};
    Lanes yy{};
    for_each_entry(at, size, [&](Index i, int lane) {
      const T s_i = factor * d[i];
      const T y_i = g[i] - g_before[i];
      s[i] = s_i;
      y[i] = y_i;
      ys[static_cast<std::size_t>(lane)] += product(y_i, s_i);
      yy[static_cast<std::size_t>(lane)] += product(y_i, y_i);
    });
    curvature.ys += sum_of(ys);
    curvature.yy += sum_of(yy);
  });
  return curvature;
}

template double dot(const float*, const float*, Index);
template double dot(const double*, const double*, Index);
template double norm1(const float*, Index);
template double norm1(const double*, Index);
template Extent extent(const float*, Index);
template Extent extent(const double*, Index);
template double scale_dot(double, const float*, float* __restrict, const float*, Index);
template double scale_dot(double, const double*, double* __restrict, const double*, Index);
template double axpy_dot(double, const float*, float* __restrict, const float*, Index);
template double axpy_dot(double, const double*, double* __restrict, const double*, Index);
template double axpy_scale_dot(double, const float*, double, float* __restrict, const float*, Index);
template double axpy_scale_dot(double, const double*, double, double* __restrict, const double*, Index);
template Curvature form_pair(double, const float*, const float*, const float*, float* __restrict, float* __restrict,
                             Index);
template Curvature form_pair(double, const double*, const double*, const double*, double* __restrict,
                             double* __restrict, Index);

}  // namespace lbfgs
