// The few passes over long vectors that everything else is made of.
//
// Sums are taken in double, block by block, each block in sixteen interleaved partial sums, and added up in the order
// of the blocks: the same bits on every instruction set, for every number of threads and however the vector is cut into
// parameters. Sizes are 64-bit; size 0 is allowed everywhere. Arrays of one call do not overlap unless it says so.
#pragma once

#include <cstddef>

namespace lbfgs {

using Index = std::ptrdiff_t;

/// Entries handled at a time: small enough for four streams to stay in the first-level cache.
inline constexpr Index block_size = 1024;

/// Calls work(at, size) for the consecutive blocks of [0, n).
template <class Work>
void for_each_block(Index n, Work&& work) {
  for (Index at = 0; at < n; at += block_size) work(at, n - at < block_size ? n - at : block_size);
}

/// a . b; a and b may be the same.
template <class T>
double dot(const T* a, const T* b, Index n);

/// sum |a|
template <class T>
double norm1(const T* a, Index n);

/// What is asked of a vector that has just been read or formed.
struct Extent {
  double max;   ///< max|a|, over the entries that are not NaN
  bool finite;  ///< every entry is finite
};
template <class T>
Extent extent(const T* a, Index n);

/// y <- alpha x, alpha rounded to T; returns y . z.
template <class T>
double scale_dot(double alpha, const T* x, T* y, const T* z, Index n);

/// y <- y + alpha x, alpha rounded to T; returns y . z.
template <class T>
double axpy_dot(double alpha, const T* x, T* y, const T* z, Index n);

/// y <- gamma (y + alpha x), both rounded to T; returns y . z.
template <class T>
double axpy_scale_dot(double alpha, const T* x, double gamma, T* y, const T* z, Index n);

/// The products that decide about a curvature pair.
struct Curvature {
  double ys;  ///< y . s
  double yy;  ///< y . y

  /// gamma, the scale of H0.
  double scale() const { return ys / yy; }
};
/// s <- t d, y <- g - g_before, and their products.
template <class T>
Curvature form_pair(double t, const T* d, const T* g, const T* g_before, T* s, T* y, Index n);

}  // namespace lbfgs
