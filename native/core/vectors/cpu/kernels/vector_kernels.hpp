// The passes over one vector at a time.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::Extent;
using simd::for_each_register;
using simd::Lanes;
using simd::load;
using simd::load_wide;
using simd::magnitude;
using simd::Register;
using simd::RegisterOf;
using simd::rounded;
using simd::store;
using simd::widen;

template <class T>
double dot(const T* a, const T* b, Index n) {
  Lanes sum;
  for_each_register(n,
                    [&](int p, Index i, auto part) { sum.part[p] += load_wide(a + i, part) * load_wide(b + i, part); });
  return sum.sum();
}

template <class T>
double norm1(const T* a, Index n) {
  Lanes sum;
  for_each_register(n, [&](int p, Index i, auto part) { sum.part[p] += magnitude(load_wide(a + i, part)); });
  return sum.sum();
}

template <class T>
Summary summarise(const T* v, Index n) {
  Lanes product;
  Extent<T> extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    const RegisterOf<T> value = load(v + i, part);
    product.part[p] += widen(value) * widen(value);
    extent.see(p, value);
  });
  return {product.sum(), extent.max(), extent.finite()};
}

template <class T>
Summary steepest(double gamma, const T* g, T* d, Index n) {
  const T factor = -static_cast<T>(gamma);
  Lanes product;
  Extent<T> extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    const RegisterOf<T> slope = load(g + i, part);
    const RegisterOf<T> value = factor * slope;
    store(d + i, value, part);
    product.part[p] += widen(value) * widen(slope);
    extent.see(p, value);
  });
  return {product.sum(), extent.max(), extent.finite()};
}

template <bool keep, bool along, class T, class E>
inline Summary read_as(const E* in, T* g, const T* d, Index n) {
  Lanes product;
  Extent<T> extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    const RegisterOf<T> value = rounded<T, E>(load(in + i, part));
    extent.see(p, value);
    if constexpr (keep) store(g + i, value, part);
    if constexpr (along) product.part[p] += widen(value) * load_wide(d + i, part);
  });
  return {product.sum(), extent.max(), extent.finite()};
}

template <class T, class E>
Summary read(const E* in, T* g, const T* d, Index n) {
  if (g == nullptr) return d == nullptr ? read_as<false, false>(in, g, d, n) : read_as<false, true>(in, g, d, n);
  return d == nullptr ? read_as<true, false>(in, g, d, n) : read_as<true, true>(in, g, d, n);
}

// x + t d in T, rounded to E.
template <class T, class E, class Part>
inline RegisterOf<E> moved(const T* x, T t, const T* d, Part part) {
  return rounded<E, T>(load(x, part) + t * load(d, part));
}

template <class T, class E>
bool move(const T* x, double t, const T* d, E* out, Index n) {
  const auto factor = static_cast<T>(t);
  Extent<E> extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    const RegisterOf<E> value = moved<T, E>(x + i, factor, d + i, part);
    store(out + i, value, part);
    extent.test(p, value);
  });
  return extent.finite();
}

template <class T, class E>
void advance(T* x, double t, const T* d, Index n) {
  const auto factor = static_cast<T>(t);
  for_each_register(
      n, [&](int, Index i, auto part) { store(x + i, rounded<T, E>(moved<T, E>(x + i, factor, d + i, part)), part); });
}

template <class T>
constexpr VectorKernels<T> vector_kernels{dot<T>, norm1<T>, summarise<T>, steepest<T>};
template <class T, class E>
constexpr CallerKernels<T, E> caller_kernels{read<T, E>, move<T, E>, advance<T, E>};

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
