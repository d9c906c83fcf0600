// Registers of as many entries as the instruction set has: loads, stores, conversions. One entry with LBFGS_SCALAR, for
// vectors so short that filling eight lanes costs more than it saves.
//
// Included by what is compiled once for each set, and kept apart by its namespace.
#pragma once

#include <cstring>

#include "core/types/index.hpp"

#if defined(LBFGS_SCALAR) || !defined(__GNUC__)
#define LBFGS_SIMD_WIDTH 1
#elif defined(__AVX512F__)
#define LBFGS_SIMD_WIDTH 8
#elif defined(__AVX2__) && defined(__FMA__)
#define LBFGS_SIMD_WIDTH 4
#else
#define LBFGS_SIMD_WIDTH 2
#endif

#if LBFGS_SIMD_WIDTH >= 4
#include <immintrin.h>  // for the conversions, which GCC's own vectors split in two
#endif

namespace lbfgs::simd {
namespace {

inline constexpr int width = LBFGS_SIMD_WIDTH;

// A Register holds `width` doubles, a FloatRegister as many floats.
#if LBFGS_SIMD_WIDTH == 8
using Register = __m512d;
using FloatRegister = __m256;
inline Register widen(FloatRegister value) { return _mm512_cvtps_pd(value); }
inline FloatRegister narrow(Register value) { return _mm512_cvtpd_ps(value); }
#elif LBFGS_SIMD_WIDTH == 4
using Register = __m256d;
using FloatRegister = __m128;
inline Register widen(FloatRegister value) { return _mm256_cvtps_pd(value); }
inline FloatRegister narrow(Register value) { return _mm256_cvtpd_ps(value); }
#elif LBFGS_SIMD_WIDTH == 2
using Register [[gnu::vector_size(16)]] = double;
using FloatRegister [[gnu::vector_size(8)]] = float;
inline Register widen(FloatRegister value) { return __builtin_convertvector(value, Register); }
inline FloatRegister narrow(Register value) { return __builtin_convertvector(value, FloatRegister); }
#else
using Register = double;
using FloatRegister = float;
inline Register widen(FloatRegister value) { return static_cast<double>(value); }
inline FloatRegister narrow(Register value) { return static_cast<float>(value); }
#endif
inline Register widen(Register value) { return value; }

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

// How many entries of a register count: all of them (Whole), or the first `count` >= 1 (First). The other entries are
// zero, and have no place in memory.
struct Whole {};
struct First {
  int count;
};

template <class T>
inline RegisterOf<T> load(const T* from, Whole = {}) {
  RegisterOf<T> value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline void store(double* to, Register value, Whole = {}) { std::memcpy(to, &value, sizeof value); }
inline void store(float* to, FloatRegister value, Whole = {}) { std::memcpy(to, &value, sizeof value); }
// `value` with zero for the entries that do not count.
template <class Value>
inline Value only(Value value, Whole) {
  return value;
}

#if LBFGS_SIMD_WIDTH == 8
inline __mmask8 mask(First part) { return static_cast<__mmask8>((1 << part.count) - 1); }
inline Register load(const double* from, First part) { return _mm512_maskz_loadu_pd(mask(part), from); }
inline FloatRegister load(const float* from, First part) { return _mm256_maskz_loadu_ps(mask(part), from); }
inline Register only(Register value, First part) { return _mm512_maskz_mov_pd(mask(part), value); }
inline FloatRegister only(FloatRegister value, First part) { return _mm256_maskz_mov_ps(mask(part), value); }
inline void store(double* to, Register value, First part) { _mm512_mask_storeu_pd(to, mask(part), value); }
inline void store(float* to, FloatRegister value, First part) { _mm256_mask_storeu_ps(to, mask(part), value); }
#else
#if LBFGS_SIMD_WIDTH == 4
inline __m256i mask(First part) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(part.count), _mm256_setr_epi64x(0, 1, 2, 3));
}
inline __m128i float_mask(First part) {
  return _mm_cmpgt_epi32(_mm_set1_epi32(part.count), _mm_setr_epi32(0, 1, 2, 3));
}
inline Register load(const double* from, First part) { return _mm256_maskload_pd(from, mask(part)); }
inline FloatRegister load(const float* from, First part) { return _mm_maskload_ps(from, float_mask(part)); }
inline Register only(Register value, First part) { return _mm256_and_pd(value, _mm256_castsi256_pd(mask(part))); }
inline FloatRegister only(FloatRegister value, First part) {
  return _mm_and_ps(value, _mm_castsi128_ps(float_mask(part)));
}
#elif LBFGS_SIMD_WIDTH == 2
template <class T>
inline RegisterOf<T> load(const T* from, First part) {
  return RegisterOf<T>{from[0], part.count > 1 ? from[1] : T{0}};
}
template <class Value>
inline Value only(Value value, First part) {
  return part.count > 1 ? value : Value{value[0], 0};
}
#else
template <class T>
inline RegisterOf<T> load(const T* from, First) {
  return *from;
}
template <class Value>
inline Value only(Value value, First) {
  return value;
}
#endif
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
// Stores what counts, and returns it.
template <class T, class Part>
inline RegisterOf<T> put(T* to, RegisterOf<T> value, Part part) {
  store(to, value, part);
  return only(value, part);
}

// A non-temporal store where the instruction set has one, otherwise an ordinary store. `to` is aligned for a register.
// Other threads see the values after a fence().
#if LBFGS_SIMD_WIDTH == 8
inline void stream(double* to, Register value, Whole) { _mm512_stream_pd(to, value); }
inline void stream(float* to, FloatRegister value, Whole) { _mm256_stream_ps(to, value); }
inline void fence() { _mm_sfence(); }
#elif LBFGS_SIMD_WIDTH == 4
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
#if defined(__GNUC__)
inline double magnitude(double a) { return __builtin_fabs(a); }
inline void prefetch(const void* at) { __builtin_prefetch(at); }
#else
inline void prefetch(const void*) {}
#endif

// sum + a b where the product is exact in double, so that rounding once gives the same as rounding twice.
inline Register add_exact_product(Register sum, Register a, Register b) {
#if LBFGS_SIMD_WIDTH == 8
  return _mm512_fmadd_pd(a, b, sum);
#elif LBFGS_SIMD_WIDTH == 4
  return _mm256_fmadd_pd(a, b, sum);
#else
  return sum + a * b;
#endif
}

}  // namespace
}  // namespace lbfgs::simd
