// The passes that add multiples of rows to a vector.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/row_groups.hpp"
#include "core/vectors/cpu/kernels/row_products.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::store;
using simd::widen;

// The nearest number of 29 bits, whose product with a float is exact in double. A factor too small or too large for
// that becomes 0 or infinite, which its products become too when they are rounded to float.
inline double shortened(double factor) {
  constexpr double smallest = 0x1p-896;
  constexpr double largest = 0x1p+890;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double size = factor < 0.0 ? -factor : factor;
  if (!(size < largest)) return factor * infinity;
  if (size < smallest) return 0.0;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &factor, sizeof bits);
  bits = (bits + (std::uint64_t{1} << 23)) & ~((std::uint64_t{1} << 24) - 1);
  std::memcpy(&factor, &bits, sizeof bits);
  return factor;
}

// Rows and what they are multiplied by.
template <std::size_t size, class T, class H>
struct Terms {
  const H* row[size];
  Register factor[size];

  Terms(const H* const* rows, const double* coefficients) {
    for (std::size_t r = 0; r < size; ++r) {
      row[r] = rows[r];
      factor[r] = Register{} + (sizeof(T) == sizeof(float) ? shortened(coefficients[r]) : coefficients[r]);
    }
  }
  void prefetch(Index i) const {
    for (std::size_t r = 0; r < size; ++r) prefetch_ahead(row[r] + i);
  }
  template <class Part>
  Register add_to(Register value, Index i, Part part) const {
    for (std::size_t r = 0; r < size; ++r) value = add_product<T, H>(value, factor[r], load_wide(row[r] + i, part));
    return value;
  }
};

template <std::size_t size, class T, class H, class From>
inline void add_group(double scale, const From* from, const H* const* rows, const double* coefficients, double* sum,
                      Index n) {
  const Terms<size, T, H> terms(rows, coefficients);
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    store(sum + i, terms.add_to(scale * load_wide(from + i, part), i, part), part);
  });
}

// As add_group(), and with_sum[r] <- row r . sum.
template <std::size_t size, class T, class H, class From>
inline void add_group_and_dot(double scale, const From* from, const H* const* rows, const double* coefficients,
                              double* sum, Index n, double* with_sum) {
  const Terms<size, T, H> terms(rows, coefficients);
  Lanes products[size];
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    Register loaded[size];
    Register value = scale * load_wide(from + i, part);
    for (std::size_t r = 0; r < size; ++r) {
      loaded[r] = load_wide(terms.row[r] + i, part);
      value = add_product<T, H>(value, terms.factor[r], loaded[r]);
    }
    value = simd::put(sum + i, value, part);
    for (std::size_t r = 0; r < size; ++r) products[r].part[p] += loaded[r] * value;
  });
  add_up(products, with_sum);
}

// The rows that add_group_and_dot() and finish_group() take in one pass: ten pairs are two blocks of five.
constexpr Index rows_at_once = 5;

template <class T, class H, class From>
inline void combine_from(double scale, const From* from, const H* const* rows, const double* coefficients, Index count,
                         double* sum, Index n, double* with_sum) {
  // Rows, their factors and their products stay in registers together only where eight lanes are one register.
  if constexpr (simd::parts == 1) {
    if (with_sum != nullptr && count == rows_at_once) {
      add_group_and_dot<std::size_t{rows_at_once}, T>(scale, from, rows, coefficients, sum, n, with_sum);
      return;
    }
  }
  for_each_group(count, [&]<std::size_t size>(Index first, Rows<size>) {
    if (first == 0) {
      add_group<size, T>(scale, from, rows, coefficients, sum, n);
    } else {
      add_group<size, T, H, double>(1.0, sum, rows + first, coefficients + first, sum, n);
    }
  });
  if (with_sum != nullptr) sum_dots(rows, count, sum, n, with_sum);
}

template <class T, class H>
void combine(double scale, const T* g, const H* const* rows, const double* coefficients, Index count, double* sum,
             Index n, double* with_sum) {
  combine_from<T>(scale, g, rows, coefficients, count, sum, n, with_sum);
}

template <class T, class H>
void add_rows(double scale, const H* const* rows, const double* coefficients, Index count, double* sum, Index n,
              double* with_sum) {
  combine_from<T, H, double>(scale, sum, rows, coefficients, count, sum, n, with_sum);
}

template <std::size_t size, class T, class H>
inline Summary finish_group(double scale, const H* const* rows, const double* coefficients, const double* sum,
                            const T* g, T* d, Index n) {
  const Terms<size, T, H> terms(rows, coefficients);
  Lanes product;
  simd::Extent<T> extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    const Register exact = terms.add_to(scale * load(sum + i, part), i, part);
    const simd::RegisterOf<T> value = simd::put(d + i, simd::rounded<T, double>(exact), part);
    product.part[p] += widen(value) * load_wide(g + i, part);
    extent.see(p, value);
  });
  return {product.sum(), extent.max(), extent.finite()};
}

template <class T, class H>
Summary finish(double scale, const H* const* rows, const double* coefficients, Index count, double* sum, const T* g,
               T* d, Index n) {
  if (count == rows_at_once) return finish_group<std::size_t{rows_at_once}>(scale, rows, coefficients, sum, g, d, n);
  const Index last = count - 1;
  if (last > 0) add_rows<T>(scale, rows, coefficients, last, sum, n, nullptr);
  return finish_group<1>(last > 0 ? 1.0 : scale, rows + last, coefficients + last, sum, g, d, n);
}

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
