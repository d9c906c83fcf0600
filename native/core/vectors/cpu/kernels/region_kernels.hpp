// The passes over a box with a penalty (types/region.hpp).
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <limits>

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

using simd::Extent;
using simd::for_each_register;
using simd::Lanes;
using simd::larger;
using simd::load;
using simd::magnitude;
using simd::Register;
using simd::store;

inline Register smaller(Register a, Register b) { return b < a ? b : a; }
inline Register all_are(double value) { return Register{} + value; }
// The proximal operator of weight |v| (soft thresholding).
inline Register shrunk(Register v, Register weight) {
  return v > weight ? v - weight : (v < -weight ? v + weight : Register{});
}

constexpr double infinite = std::numeric_limits<double>::infinity();
// Half the width of a box counts as at least this, since half of the narrowest box is rounded to 0.
constexpr double least_reach = 0x1p-1000;

// The region for a register of entries: the box, cut down to the orthant of x for entries with a penalty, and the
// derivative of the penalty in that orthant. Where x is 0, the orthant is the one that `toward` points into; where
// `toward` is 0 too, both bounds of an entry with a penalty are 0.
struct Side {
  template <class Part>
  Side(const RegionPart& region, Index i, Part part, Register x, Register toward)
      : lower(load(region.lower + i, part)), upper(load(region.upper + i, part)) {
    const Register weight = load(region.weights + i, part);
    const Register zero{};
    const Register inward = x == zero ? toward : x;
    slope = inward > zero ? weight : (inward < zero ? -weight : zero);
    const Register lower_there = inward >= zero ? larger(lower, zero) : lower;
    const Register upper_there = inward <= zero ? smaller(upper, zero) : upper;
    lower = weight > zero ? lower_there : lower;
    upper = weight > zero ? upper_there : upper;
  }

  Register lower;
  Register upper;
  Register slope;
};

// x + t d, cut at the bounds.
struct Trial {
  Trial(const Side& side, Register x, Register t, Register d) {
    const Register zero{};
    const Register one = all_are(1.0);
    const Register end = d > zero ? side.upper : side.lower;
    to = x + t * d;
    const Register reaches = d > zero ? (to >= end ? one : zero) : (to <= end ? one : zero);
    is_stopped = d == zero ? zero : reaches;
    to = d == zero ? x : (is_stopped > zero ? end : to + zero);  // + 0: no negative zero
  }

  Register to;
  Register is_stopped;  // 1 or 0
};

// |P(soft(x - g)) - x|, computed without x - g, which loses the digits of g where x is large.
inline Register residual_of(Register x, Register g, Register lower, Register upper, Register weight) {
  const Register zero{};
  const Register down = x > zero ? smaller(g + weight, larger(x, g - weight)) : g - weight;
  const Register up = x < zero ? smaller(weight - g, larger(-x, -g - weight)) : -g - weight;
  return larger(larger(smaller(down, x - lower), smaller(up, upper - x)), zero);
}

void region_face(const RegionPart& region, const double* x, const double* g, double* slopes, double* is_free, Index n) {
  const Register zero{};
  const Register one = all_are(1.0);
  for_each_register(n, [&](int, Index i, auto part) {
    const Register here = load(x + i, part);
    const Register slope = load(g + i, part);
    const Side side(region, i, part, here, -shrunk(slope, load(region.weights + i, part)));
    const Register along = slope + side.slope;
    const Register held_below = here <= side.lower ? (along >= zero ? one : zero) : zero;
    const Register held_above = here >= side.upper ? (along <= zero ? one : zero) : zero;
    const Register moves = held_below + held_above > zero ? zero : one;
    store(is_free + i, moves, part);
    store(slopes + i, moves > zero ? along : zero, part);
  });
}

Summary region_move(const RegionPart& region, const double* x, double t, const double* d, const double* g, double* out,
                    Index n) {
  const Register step = all_are(t);
  Lanes product;
  Extent<double> extent;
  Lanes stopped;
  for_each_register(n, [&](int p, Index i, auto part) {
    const Register here = load(x + i, part);
    const Register along = load(d + i, part);
    const Side side(region, i, part, here, along);
    const Trial trial(side, here, step, along);
    store(out + i, trial.to, part);
    product.part[p] += (load(g + i, part) + side.slope) * (trial.to - here);
    stopped.part[p] += trial.is_stopped;
    extent.test(p, trial.to);
  });
  return {product.sum(), stopped.sum(), extent.finite()};
}

RegionSums region_read(const RegionPart& region, const double* in, const double* x, double t, const double* d,
                       double* g, Index n) {
  const Register zero{};
  const Register step = all_are(t);
  Lanes slope;
  Lanes end_product;
  Lanes penalty;
  Extent<double> residual;
  Extent<double> gradient;
  for_each_register(n, [&](int p, Index i, auto part) {
    const Register here = load(x + i, part);
    const Register along = d == nullptr ? zero : load(d + i, part);
    const Register lower = load(region.lower + i, part);
    const Register upper = load(region.upper + i, part);
    const Register weight = load(region.weights + i, part);
    const Register value = lower == upper ? zero : load(in + i, part);
    const Side side(region, i, part, here, along);
    const Trial trial(side, here, step, along);
    const Register derivative = value + side.slope;
    if (g != nullptr) store(g + i, value, part);
    slope.part[p] += trial.is_stopped > zero ? zero : derivative * along;
    end_product.part[p] += derivative * (trial.to - here);
    penalty.part[p] += weight * magnitude(trial.to);
    residual.see(p, residual_of(trial.to, value, lower, upper, weight));
    gradient.test(p, value);
  });
  return {{slope.sum(), residual.max(), gradient.finite()}, end_product.sum(), penalty.sum()};
}

RegionLine region_settle(const RegionPart& region, const double* x, const double* slopes, const double* is_free,
                         bool inside, double* d, Index n) {
  const Register zero{};
  const Register one = all_are(1.0);
  const Register endless = all_are(infinite);
  Lanes product;
  Extent<double> extent;
  Lanes last_stop;
  Lanes relative;
  for_each_register(n, [&](int p, Index i, auto part) {
    const Register here = load(x + i, part);
    const Register slope = load(slopes + i, part);
    const Side side(region, i, part, here, -slope);
    const Register wanted = load(is_free + i, part) > zero ? load(d + i, part) : zero;
    const Register bounded = here <= side.lower ? larger(wanted, zero) : wanted;
    const Register held = here >= side.upper ? smaller(bounded, zero) : bounded;
    const Register along = inside ? smaller(larger(held, side.lower - here), side.upper - here) : held;
    store(d + i, along, part);
    product.part[p] += along * slope;
    extent.see(p, along);
    const Register end = along > zero ? side.upper : side.lower;
    last_stop.part[p] = larger(last_stop.part[p], along == zero ? zero : (end - here) / along);
    const Register width = side.upper - side.lower;
    const Register reach =
        width < endless ? larger(width / (one + one), all_are(least_reach)) : larger(one, magnitude(here));
    relative.part[p] = larger(relative.part[p], along == zero ? zero : magnitude(along) / reach);
  });
  return {{product.sum(), extent.max(), extent.finite()}, last_stop.max(), relative.max()};
}

void region_advance(const RegionPart& region, double* x, double t, double* d, Index n) {
  const Register step = all_are(t);
  for_each_register(n, [&](int, Index i, auto part) {
    const Register here = load(x + i, part);
    const Register along = load(d + i, part);
    const Trial trial(Side(region, i, part, here, along), here, step, along);
    store(x + i, trial.to, part);
    store(d + i, trial.to - here, part);
  });
}

constexpr RegionKernels region_kernels{region_face, region_move, region_read, region_settle, region_advance};

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
