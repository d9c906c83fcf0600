// The passes over a diagonal matrix that learns from pairs.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::for_each_register;
using simd::Lanes;
using simd::load;
using simd::load_wide;
using simd::Register;
using simd::store;

// Adds up the products of a pair with a diagonal matrix.
class ProductSums {
public:
  template <class Part>
  void add(int p, Register s, Register y, Register inverse, Part part) {
    const Register s_squared = s * s;
    y_d_y_.part[p] += simd::only(Register(y * y / inverse), part);  // behind the end the quotient is 0 / 0
    s_b_s_.part[p] += s_squared * inverse;
    ss_.part[p] += s_squared;
  }
  DiagonalProducts sums() const { return {y_d_y_.sum(), s_b_s_.sum(), ss_.sum()}; }

private:
  Lanes y_d_y_;
  Lanes s_b_s_;
  Lanes ss_;
};

template <class H>
DiagonalProducts diagonal_products(const H* s, const H* y, const double* inverse, Index n) {
  ProductSums products;
  for_each_register(n, [&](int p, Index i, auto part) {
    products.add(p, load_wide(s + i, part), load_wide(y + i, part), load(inverse + i, part), part);
  });
  return products.sums();
}

// `value` where it is within the bounds of kernels.hpp; `otherwise` where it is not, or is NaN.
inline Register if_usable(Register value, Register otherwise) {
  const Register least = Register{} + least_diagonal;
  const Register most = Register{} + most_diagonal;
  const Register small_enough = value <= most ? value : otherwise;
  return value >= least ? small_enough : otherwise;
}

template <class H>
void update_diagonal(const DiagonalChange& change, const H* s, const H* y, const double* inverse, double* out,
                     Index n) {
  const DiagonalChange by = change;  // a copy, which the stores below cannot alias
  for_each_register(n, [&](int, Index i, auto part) {
    const Register s_i = load_wide(s + i, part);
    const Register y_i = load_wide(y + i, part);
    const Register b_i = load(inverse + i, part);
    const Register scaled = by.scale * b_i;
    const Register step = s_i * b_i;
    const Register next = scaled + by.y_factor * (y_i * y_i) - by.s_factor * (step * step);
    store(out + i, if_usable(next, if_usable(scaled, b_i)), part);
  });
}

inline void multiply_by_diagonal(const double* inverse, double* q, Index n) {
  for_each_register(n, [&](int, Index i, auto part) {
    simd::put(q + i, Register(load(q + i, part) / load(inverse + i, part)), part);
  });
}

template <class H>
constexpr DiagonalKernels<H> diagonal_kernels{diagonal_products<H>, update_diagonal<H>, multiply_by_diagonal};

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
