// Eight entries at a time, in as many registers (registers.hpp) as the instruction set needs.
//
// Why these are not Eigen expressions: docs/design/performance.md.
//
// Every set does the same operations on the same entries in the same order, and none fuses a multiplication with an
// addition unless the product is exact: all give the same bits. Included by what is compiled once for each set, and
// kept apart by its namespace.
#pragma once

#include "core/vectors/cpu/kernels/registers.hpp"

#if defined(__GNUC__)
#define LBFGS_ALWAYS_INLINE [[gnu::always_inline]]
#else
#define LBFGS_ALWAYS_INLINE
#endif

namespace lbfgs::simd {
namespace {

#if defined(LBFGS_SCALAR)
inline constexpr int lanes = 1;
#else
inline constexpr int lanes = 8;
#endif
inline constexpr int parts = lanes / width;

// The sum of a register's entries.
#if LBFGS_SIMD_WIDTH >= 4
inline double add_up(__m128d two) { return two[0] + two[1]; }
inline double add_up(__m256d four) {
  return add_up(_mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1)));
}
#endif
#if LBFGS_SIMD_WIDTH == 8
inline __m256d fold(Register eight) {
  return _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
}
inline double add_up(Register eight) { return add_up(fold(eight)); }
#elif LBFGS_SIMD_WIDTH == 2
inline double add_up(Register two) { return two[0] + two[1]; }
#elif LBFGS_SIMD_WIDTH == 1
inline double add_up(Register one) { return one; }
#endif

// Eight partial sums, or eight partial maxima. They are added up in one order everywhere: the upper half to the lower
// one, until one is left.
struct Lanes {
  Register part[parts] = {};

  double sum() const {
    Lanes folded = *this;
    for (int half = parts / 2; half > 0; half /= 2) {
      for (int p = 0; p < half; ++p) folded.part[p] += folded.part[p + half];
    }
    return add_up(folded.part[0]);
  }
  double max() const {
    double entries[lanes];
    for (int p = 0; p < parts; ++p) store(entries + static_cast<Index>(p * width), part[p]);
    double found = 0.0;
    for (const double entry : entries) found = found < entry ? entry : found;
    return found;
  }
};

// Collects max|v|, and the sum of 0 v_i: it is 0 where all entries are finite, otherwise NaN.
template <class T>
class Extent {
public:
  void see(int p, RegisterOf<T> v) {
    const RegisterOf<T> size = magnitude(v);
    max_[p] = larger(max_[p], size);
    test(p, size);
  }
  // Takes v for finite() alone, not for max().
  void test(int p, RegisterOf<T> v) { poison_[p] += v * RegisterOf<T>{}; }
  double max() const { return wide(max_).max(); }
  bool finite() const { return wide(poison_).sum() == 0.0; }

private:
  static Lanes wide(const RegisterOf<T> (&from)[parts]) {
    Lanes doubles;
    for (int p = 0; p < parts; ++p) doubles.part[p] = widen(from[p]);
    return doubles;
  }
  RegisterOf<T> max_[parts] = {};
  RegisterOf<T> poison_[parts] = {};
};

// out[i] <- of[i].sum() for four of them.
#if LBFGS_SIMD_WIDTH >= 4
inline __m256d fold(const Lanes& of) {
#if LBFGS_SIMD_WIDTH == 8
  return fold(of.part[0]);
#else
  return _mm256_add_pd(of.part[0], of.part[1]);
#endif
}
inline __m256d fold_two(__m256d a, __m256d b) {
  return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
}
inline void four_sums(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d, double* out) {
  _mm256_storeu_pd(out, _mm256_hadd_pd(fold_two(fold(a), fold(c)), fold_two(fold(b), fold(d))));
}
#else
inline void four_sums(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d, double* out) {
  out[0] = a.sum();
  out[1] = b.sum();
  out[2] = c.sum();
  out[3] = d.sum();
}
#endif

// Calls step(p, i, part) for the entries from i on that register p of the lanes takes, `part` saying how many there
// are. Always inlined: what the step captures is to stay in registers.
template <class Step>
LBFGS_ALWAYS_INLINE inline void for_each_register(Index n, Step&& step) {
  Index i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int p = 0; p < parts; ++p) step(p, i + static_cast<Index>(p * width), Whole{});
  }
  if constexpr (lanes > 1) {
    for (int p = 0; p < parts && i < n; ++p, i += width) {
      const Index rest = n - i;
      step(p, i, First{static_cast<int>(rest < width ? rest : width)});
    }
  }
}

}  // namespace
}  // namespace lbfgs::simd
