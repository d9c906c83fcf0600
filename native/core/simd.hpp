// Eight entries at a time, in as many registers as the instruction set needs; one with LBFGS_SCALAR, for vectors so
// short that filling eight lanes costs more than it saves.
//
// Every set does the same operations on the same entries in the same order, and none fuses a multiplication with an
// addition unless the product is exact: all give the same bits. Included by what is compiled once for each set, and
// kept apart by its namespace.
#pragma once

#include <cstring>

#include "index.hpp"

#if defined(__AVX__)
#include <immintrin.h>  // for the conversions, which GCC's own vectors split in two
#endif

namespace lbfgs::simd {
namespace {

#if defined(LBFGS_SCALAR)
inline constexpr int lanes = 1;
#else
inline constexpr int lanes = 8;
#endif

// How many entries of a register count: all of them, or the first few, the rest being zero and not in memory.
struct Whole {};
struct First {
  int count;
};

#if defined(__GNUC__) && !defined(LBFGS_SCALAR)
#if defined(__AVX512F__)
inline constexpr int width = 8;
using Register = __m512d;
using FloatRegister = __m256;
inline Register widen(FloatRegister value) { return _mm512_cvtps_pd(value); }
inline FloatRegister narrow(Register value) { return _mm512_cvtpd_ps(value); }
#elif defined(__AVX__)
inline constexpr int width = 4;
using Register = __m256d;
using FloatRegister = __m128;
inline Register widen(FloatRegister value) { return _mm256_cvtps_pd(value); }
inline FloatRegister narrow(Register value) { return _mm256_cvtpd_ps(value); }
#else
inline constexpr int width = 2;
using Register [[gnu::vector_size(16)]] = double;
using FloatRegister [[gnu::vector_size(8)]] = float;
inline Register widen(FloatRegister value) { return __builtin_convertvector(value, Register); }
inline FloatRegister narrow(Register value) { return __builtin_convertvector(value, FloatRegister); }
#endif
inline void prefetch(const void* at) { __builtin_prefetch(at); }
#else
inline constexpr int width = 1;
using Register = double;
using FloatRegister = float;
inline Register widen(FloatRegister value) { return static_cast<double>(value); }
inline FloatRegister narrow(Register value) { return static_cast<float>(value); }
inline void prefetch(const void*) {}
#endif
inline constexpr int parts = lanes / width;

// As many entries of T as a Register has of double.
template <class T>
struct RegisterFor;
template <>
struct RegisterFor<double> {
  using Type = Register;
};
template <>
struct RegisterFor<float> {
  using Type = FloatRegister;
};
template <class T>
using RegisterOf = typename RegisterFor<T>::Type;

inline Register widen(Register value) { return value; }

// A result of From, rounded to To.
template <class To, class From>
inline RegisterOf<To> rounded(RegisterOf<From> value) {
  if constexpr (sizeof(To) < sizeof(From)) {
    return narrow(value);
  } else if constexpr (sizeof(To) > sizeof(From)) {
    return widen(value);
  } else {
    return value;
  }
}

template <class T>
inline RegisterOf<T> load(const T* from, Whole = {}) {
  RegisterOf<T> value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline void store(double* to, Register value, Whole = {}) { std::memcpy(to, &value, sizeof value); }
inline void store(float* to, FloatRegister value, Whole = {}) { std::memcpy(to, &value, sizeof value); }
#if defined(__AVX512F__) && !defined(LBFGS_SCALAR)
inline __mmask8 mask(First part) { return static_cast<__mmask8>((1 << part.count) - 1); }
inline Register load(const double* from, First part) { return _mm512_maskz_loadu_pd(mask(part), from); }
inline FloatRegister load(const float* from, First part) { return _mm256_maskz_loadu_ps(mask(part), from); }
inline void store(double* to, Register value, First part) { _mm512_mask_storeu_pd(to, mask(part), value); }
inline void store(float* to, FloatRegister value, First part) { _mm256_mask_storeu_ps(to, mask(part), value); }
#else
template <class T>
inline RegisterOf<T> load(const T* from, First part) {
  T entries[width] = {};
  for (int i = 0; i < part.count; ++i) entries[i] = from[i];
  return load(entries);
}
template <class T>
inline void store(T* to, RegisterOf<T> value, First part) {
  T entries[width];
  store(entries, value);
  for (int i = 0; i < part.count; ++i) to[i] = entries[i];
}
#endif
// The entries as doubles.
template <class T, class Part>
inline Register load_wide(const T* from, Part part) {
  return widen(load(from, part));
}
// Stores, and returns the same with zero for the entries that do not count, whatever was computed for them.
template <class T>
inline RegisterOf<T> put(T* to, RegisterOf<T> value, Whole) {
  store(to, value);
  return value;
}
template <class T>
inline RegisterOf<T> put(T* to, RegisterOf<T> value, First part) {
  store(to, value, part);
  return load(to, part);
}

// Past the caches where the set can, to where a register of the widest set may begin. Others see it after a fence().
#if defined(__AVX512F__) && !defined(LBFGS_SCALAR)
inline void stream(double* to, Register value, Whole) { _mm512_stream_pd(to, value); }
inline void stream(float* to, FloatRegister value, Whole) { _mm256_stream_ps(to, value); }
inline void fence() { _mm_sfence(); }
#elif defined(__AVX__) && !defined(LBFGS_SCALAR)
inline void stream(double* to, Register value, Whole) { _mm256_stream_pd(to, value); }
inline void stream(float* to, FloatRegister value, Whole) { _mm_stream_ps(to, value); }
inline void fence() { _mm_sfence(); }
#else
template <class T>
inline void stream(T* to, RegisterOf<T> value, Whole) {
  store(to, value);
}
inline void fence() {}
#endif
template <class T>
inline void stream(T* to, RegisterOf<T> value, First part) {
  store(to, value, part);
}

template <class Value>
inline Value larger(Value a, Value b) {
  return a < b ? b : a;
}
template <class Value>
inline Value magnitude(Value a) {
  return a < Value{} ? -a : a;
}

// sum + a b where the product is exact in double, so that rounding once gives the same as rounding twice.
inline Register add_exact_product(Register sum, Register a, Register b) {
#if defined(__AVX512F__) && !defined(LBFGS_SCALAR)
  return _mm512_fmadd_pd(a, b, sum);
#elif defined(__FMA__) && !defined(LBFGS_SCALAR)
  return _mm256_fmadd_pd(a, b, sum);
#else
  return sum + a * b;
#endif
}

// Eight partial sums, or eight partial maxima. They are added up in one order everywhere: the upper half to the lower
// one, until one is left.
struct Lanes {
  Register part[parts] = {};

  double sum() const {
    double entries[lanes];
    for (int p = 0; p < parts; ++p) store(entries + p * width, part[p]);
    for (int half = lanes / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; ++lane) entries[lane] += entries[lane + half];
    }
    return entries[0];
  }
  double max() const {
    double entries[lanes];
    for (int p = 0; p < parts; ++p) store(entries + p * width, part[p]);
    double found = 0.0;
    for (const double entry : entries) found = found < entry ? entry : found;
    return found;
  }
};

// max|v|, and 0 times everything: 0 for what is finite, NaN otherwise.
template <class T>
class Extent {
public:
  void see(int p, RegisterOf<T> v) {
    const RegisterOf<T> size = magnitude(v);
    max_[p] = larger(max_[p], size);
    test(p, size);
  }
  // For `finite` alone.
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
#if defined(__AVX__) && !defined(LBFGS_SCALAR)
inline __m256d fold(const Lanes& of) {
#if defined(__AVX512F__)
  return _mm256_add_pd(_mm512_castpd512_pd256(of.part[0]), _mm512_extractf64x4_pd(of.part[0], 1));
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
// are.
template <class Step>
inline void for_each_register(Index n, Step&& step) {
  Index i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int p = 0; p < parts; ++p) step(p, i + p * width, Whole{});
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
