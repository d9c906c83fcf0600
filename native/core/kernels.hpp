// The few passes over long vectors that everything else is made of.
//
// Sums are taken block by block and added up in double in the order of the blocks, so that the result does not depend
// on how the vector is cut into parameters. Sizes are 64-bit; size 0 is allowed everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lbfgs {

using Index = std::ptrdiff_t;

/// Entries handled at a time: small enough for four streams to stay in the first-level cache.
inline constexpr Index block_size = 1024;

/// Calls work(at, size) for the consecutive blocks of [0, n).
template <class Work>
void for_each_block(Index n, Work&& work) {
  for (Index at = 0; at < n; at += block_size) work(at, n - at < block_size ? n - at : block_size);
}

/// a . b
template <class T>
double dot(const T* a, const T* b, Index n);

/// sum |a|
template <class T>
double norm1(const T* a, Index n);

/// Whether every entry is finite.
template <class T>
bool all_finite(const T* a, Index n);

/// y <- y + alpha x, alpha rounded to T
template <class T>
void axpy(double alpha, const T* x, T* y, Index n);

/// y <- alpha x, alpha rounded to T
template <class T>
void scale(double alpha, const T* x, T* y, Index n);

/// What is asked of a direction once it is formed.
struct DirectionSummary {
  double slope;  ///< g . d
  double max;    ///< max|d|, not finite where any entry of d is not
};
template <class T>
DirectionSummary summarise_direction(const T* g, const T* d, Index n);

/// The products that decide about a curvature pair.
struct Curvature {
  double ys;  ///< y . s
  double yy;  ///< y . y

  /// gamma, the scale of H0.
  double scale() const { return ys / yy; }
};
/// s <- t d, y <- g - g_before, and their products, in one pass.
template <class T>
Curvature form_pair(double t, const T* d, const T* g, const T* g_before, T* s, T* y, Index n);

}  // namespace lbfgs
