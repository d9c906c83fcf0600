// The passes over curvature pairs: forming one, and those that read the whole history.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels.hpp"
#include "simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::for_each_register;
using simd::Lanes;
using simd::load;
using simd::Register;
using simd::store;
using simd::stored;
using simd::width;

// Calls step(p, i, part, s_i, y_i).
template <class T, class H, class Step>
inline void for_each_of_pair(double t, const T* d, const T* g, const T* g_before, Index n, Step&& step) {
  const auto factor = static_cast<double>(static_cast<T>(t));
  for_each_register(n, [&](int p, Index i, auto part) {
    step(p, i, part, stored<T, H>(factor * load(d + i, part)),
         stored<T, H>(load(g + i, part) - load(g_before + i, part)));
  });
}

template <class T, class H>
Curvature form(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n) {
  Lanes ys;
  Lanes yy;
  for_each_of_pair<T, H>(t, d, g, g_before, n, [&](int p, Index i, auto part, Register step, Register change) {
    store(s + i, step, part);
    store(y + i, change, part);
    ys.part[p] += change * step;
    yy.part[p] += change * change;
  });
  return {ys.sum(), yy.sum()};
}

template <class T, class H>
void write_past_caches(double t, const T* d, const T* g, const T* g_before, H* s, H* y, Index n) {
  for_each_of_pair<T, H>(t, d, g, g_before, n, [&](int, Index i, auto part, Register step, Register change) {
    simd::stream(s + i, step, part);
    simd::stream(y + i, change, part);
  });
  simd::fence();
}

// Rows are read side by side: memory sees a few long streams, and g, y or the sum is met once for all of them. The
// hardware asks for too little of so many streams at once, so each is asked for ahead of its use. Their number is what
// the registers hold.
#if defined(LBFGS_SCALAR)
constexpr Index most_rows = 2;
#elif defined(__AVX512F__)
constexpr Index most_rows = 10;
#elif defined(__AVX__) || defined(__aarch64__)
constexpr Index most_rows = 8;
#else
constexpr Index most_rows = 4;
#endif
constexpr Index bytes_ahead = 256;

template <class H>
inline void prefetch_ahead(const H* entry) {
  simd::prefetch(reinterpret_cast<const char*>(entry) + bytes_ahead);
}

template <std::size_t size>
struct Rows {
  static constexpr auto count = static_cast<Index>(size);
};

// Calls group(first, Rows<size>) for groups of about equal size.
template <class Group>
inline void for_each_group(Index rows, Group&& group) {
  Index first = 0;
  const auto next = [&]<std::size_t size>(Rows<size> these) {
    if constexpr (these.count <= most_rows) group(first, these);
    first += these.count;
  };
  for (Index groups = (rows + most_rows - 1) / most_rows; groups > 0; --groups) {
    switch ((rows - first + groups - 1) / groups) {
      case 10:
        next(Rows<10>{});
        break;
      case 9:
        next(Rows<9>{});
        break;
      case 8:
        next(Rows<8>{});
        break;
      case 7:
        next(Rows<7>{});
        break;
      case 6:
        next(Rows<6>{});
        break;
      case 5:
        next(Rows<5>{});
        break;
      case 4:
        next(Rows<4>{});
        break;
      case 3:
        next(Rows<3>{});
        break;
      case 2:
        next(Rows<2>{});
        break;
      default:
        next(Rows<1>{});
    }
  }
}

// sum + a b, where the one is an entry of A and the other of B.
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
    const Register g_p = load(g + i, part);
    Register y_p{};
    if constexpr (with_y) y_p = load(y + i, part);
    for (std::size_t r = 0; r < size; ++r) {
      const Register value = load(row[r] + i, part);
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

// The nearest number of 29 bits, whose product with a float is exact in double. Where exponents would spoil that, what
// is too small is 0 and what is too large infinite: no float is left of its products either.
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
    for (std::size_t r = 0; r < size; ++r) value = add_product<T, H>(value, factor[r], load(row[r] + i, part));
    return value;
  }
};

template <std::size_t size, class T, class H, class From>
inline void add_group(double scale, const From* from, const H* const* rows, const double* coefficients, double* sum,
                      Index n) {
  const Terms<size, T, H> terms(rows, coefficients);
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    store(sum + i, terms.add_to(scale * load(from + i, part), i, part), part);
  });
}

// The same, and the products of the rows with the sum.
template <std::size_t size, class T, class H, class From>
inline void add_group_and_dot(double scale, const From* from, const H* const* rows, const double* coefficients,
                              double* sum, Index n, double* with_sum) {
  const Terms<size, T, H> terms(rows, coefficients);
  Lanes products[size];
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    Register loaded[size];
    Register value = scale * load(from + i, part);
    for (std::size_t r = 0; r < size; ++r) {
      loaded[r] = load(terms.row[r] + i, part);
      value = add_product<T, H>(value, terms.factor[r], loaded[r]);
    }
    value = simd::put(sum + i, value, part);
    for (std::size_t r = 0; r < size; ++r) products[r].part[p] += loaded[r] * value;
  });
  add_up(products, with_sum);
}

// What is done at once is compiled for one number of rows: ten pairs are two blocks of five.
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
  simd::Extent extent;
  for_each_register(n, [&](int p, Index i, auto part) {
    if (p == 0) terms.prefetch(i);
    const Register value = simd::put(d + i, simd::rounded<T>(terms.add_to(scale * load(sum + i, part), i, part)), part);
    product.part[p] += value * load(g + i, part);
    extent.see(p, value);
  });
  return {product.sum(), extent.max.max(), extent.finite()};
}

template <class T, class H>
Summary finish(double scale, const H* const* rows, const double* coefficients, Index count, double* sum, const T* g,
               T* d, Index n) {
  if (count == rows_at_once) return finish_group<std::size_t{rows_at_once}>(scale, rows, coefficients, sum, g, d, n);
  const Index last = count - 1;
  if (last > 0) add_rows<T>(scale, rows, coefficients, last, sum, n, nullptr);
  return finish_group<1>(last > 0 ? 1.0 : scale, rows + last, coefficients + last, sum, g, d, n);
}

template <class T, class H>
constexpr PairKernels<T, H> pair_kernels{form<T, H>,    write_past_caches<T, H>, dots<T, H>,
                                         sum_dots<H>,   stored_dots<H>,          two_dots<T, H>,
                                         combine<T, H>, add_rows<T, H>,          finish<T, H>};

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
