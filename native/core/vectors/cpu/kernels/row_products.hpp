// The passes that take the products of rows with a vector.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <cstddef>

#include "core/vectors/cpu/kernels/row_groups.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::for_each_register;
using simd::Lanes;
using simd::load_wide;
using simd::Register;

// sum + a b, where a was widened from A and b from B.
template <class A, class B>
inline Register add_product(Register sum, Register a, Register b) {
  if constexpr (sizeof(A) + sizeof(B) == 2 * sizeof(float)) {
    return simd::add_exact_product(sum, a, b);
  } else {
    return sum + a * b;
  }
}

template <std::size_t size>
inline void add_up(const Lanes (&of)[size], double* out) {
  std::size_t r = 0;
  for (; r + 4 <= size; r += 4) simd::four_sums(of[r], of[r + 1], of[r + 2], of[r + 3], out + r);
  if constexpr (size % 4 != 0) {
    double rest[4];
    constexpr std::size_t last = size - 1;
    simd::four_sums(of[r], of[r + 1 < size ? r + 1 : last], of[r + 2 < size ? r + 2 : last], of[last], rest);
    for (std::size_t k = 0; k < size % 4; ++k) out[r + k] = rest[k];
  }
}

// The products of `size` rows with g, and with y unless with_y is false.
template <bool with_y, std::size_t size, class T, class H>
inline void products_of(const H* const* rows, const T* g, const H* y, Index n, double* g_out, double* y_out) {
  Lanes with_g[size];
  Lanes with_y_sums[size];
  const H* row[size];
  for (std::size_t r = 0; r < size; ++r) row[r] = rows[r];
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) {
      for (std::size_t r = 0; r < size; ++r) prefetch_ahead(row[r] + i);
    }
    const Register g_p = load_wide(g + i, part);
    Register y_p{};
    if constexpr (with_y) y_p = load_wide(y + i, part);
    for (std::size_t r = 0; r < size; ++r) {
      const Register value = load_wide(row[r] + i, part);
      with_g[r].part[p] = add_product<H, T>(with_g[r].part[p], value, g_p);
      if constexpr (with_y) with_y_sums[r].part[p] = add_product<H, H>(with_y_sums[r].part[p], value, y_p);
    }
  });
  add_up(with_g, g_out);
  if constexpr (with_y) add_up(with_y_sums, y_out);
}

template <bool with_y, class T, class H>
inline void products(const H* const* rows, Index count, const T* g, const H* y, Index n, double* g_out, double* y_out) {
  for_each_group(count, [&]<std::size_t size>(Index first, Rows<size>) {
    products_of<with_y, size>(rows + first, g, y, n, g_out + first, with_y ? y_out + first : y_out);
  });
}

template <class T, class H>
void dots(const H* const* rows, Index count, const T* g, Index n, double* with_g) {
  products<false, T, H>(rows, count, g, nullptr, n, with_g, nullptr);
}

template <class H>
void sum_dots(const H* const* rows, Index count, const double* sum, Index n, double* with_sum) {
  products<false, double, H>(rows, count, sum, nullptr, n, with_sum, nullptr);
}

template <class H>
void stored_dots(const H* const* rows, Index count, const H* y, Index n, double* with_y) {
  products<false, H, H>(rows, count, y, nullptr, n, with_y, nullptr);
}

template <class T, class H>
void two_dots(const H* const* rows, Index count, const T* g, const H* y, Index n, double* with_g, double* with_y) {
  products<true>(rows, count, g, y, n, with_g, with_y);
}

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
