// The passes over curvature pairs: forming one, and those that read the history (row_products.hpp, row_sums.hpp,
// pair_by_pair.hpp).
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include "core/vectors/cpu/kernels/diagonal_kernels.hpp"
#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/pair_by_pair.hpp"
#include "core/vectors/cpu/kernels/row_products.hpp"
#include "core/vectors/cpu/kernels/row_sums.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::for_each_register;
using simd::Lanes;
using simd::load;
using simd::Register;
using simd::RegisterOf;
using simd::rounded;
using simd::store;
using simd::widen;

// Calls step(p, i, part, s_i, y_i) for each register of the pair s = t d, y = g - g_before, rounded to H.
template <class T, class H, class Step>
inline void for_each_of_pair(double t, const T* d, const T* g, const T* g_before, Index n, Step&& step) {
  const auto factor = static_cast<T>(t);
  for_each_register(n, [&](int p, Index i, auto part) {
    step(p, i, part, rounded<H, T>(factor * load(d + i, part)),
         rounded<H, T>(load(g + i, part) - load(g_before + i, part)));
  });
}

// Forms and stores the pair, and calls also(p, i, part, s, y) with the widened entries of each register.
template <class T, class H, class Also>
inline Curvature form_and(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n, Also&& also) {
  Lanes ys;
  Lanes yy;
  for_each_of_pair<T, H>(t, d, g, g_before, n, [&](int p, Index i, auto part, RegisterOf<H> s_i, RegisterOf<H> y_i) {
    store(s + i, s_i, part);
    store(y + i, y_i, part);
    const Register change = widen(y_i);
    ys.part[p] += change * widen(s_i);
    yy.part[p] += change * change;
    also(p, i, part, widen(s_i), change);
  });
  return {ys.sum(), yy.sum()};
}

template <class T, class H>
Curvature form(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n) {
  return form_and(t, d, g, g_before, s, y, n, [](int, Index, auto, Register, Register) {});
}

template <class T, class H>
Curvature form_with_diagonal(double t, const T* d, const T* g, const T* g_before, H* s, H* y, const double* inverse,
                             Index n, DiagonalProducts& products) {
  ProductSums with_diagonal;
  const Curvature curvature =
      form_and(t, d, g, g_before, s, y, n, [&](int p, Index i, auto part, Register s_i, Register y_i) {
        with_diagonal.add(p, s_i, y_i, load(inverse + i, part), part);
      });
  const DiagonalProducts sums = with_diagonal.sums();
  products.y_d_y += sums.y_d_y;
  products.s_b_s += sums.s_b_s;
  products.ss += sums.ss;
  return curvature;
}

template <class T, class H>
void write_past_caches(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n) {
  for_each_of_pair<T, H>(t, d, g, g_before, n, [&](int, Index i, auto part, RegisterOf<H> s_i, RegisterOf<H> y_i) {
    simd::stream(s + i, s_i, part);
    simd::stream(y + i, y_i, part);
  });
  simd::fence();
}

template <class T, class H>
constexpr PairKernels<T, H> pair_kernels{
    form<T, H>,        form_with_diagonal<T, H>, write_past_caches<T, H>, dots<T, H>,     sum_dots<H>,
    stored_dots<H>,    two_dots<T, H>,           combine<T, H>,           add_rows<T, H>, finish<T, H>,
    pair_by_pair<T, H>};

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
