// The vector arithmetic of comparing a gradient with finite differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/types/index.hpp"

namespace lbfgs {

/// v[i] = +-max(1, |x[i]|) for i in [from, to), 0 elsewhere. The sign of an entry follows from the seed and its index
/// alone, so that a part of a direction is the direction of that part. Source of the mixing: Steele, Lea & Flood,
/// "Fast splittable pseudorandom number generators" (2014), SplitMix64.
inline void fill_direction(double* v, const double* x, std::uint64_t seed, Index from, Index to, Index n) {
  std::fill_n(v, n, 0.0);
  for (Index index = std::max<Index>(from, 0); index < std::min(to, n); ++index) {
    std::uint64_t mixed = (seed + 1) * 0x9e3779b97f4a7c15U + static_cast<std::uint64_t>(index) * 0xd1342543de82ef95U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    const double size = std::max(1.0, std::abs(x[index]));
    v[index] = ((mixed >> 63) != 0 ? -size : size);
  }
}

/// out = x + h v
inline void perturb(const double* x, double h, const double* v, double* out, Index n) {
  for (Index index = 0; index < n; ++index) out[index] = x[index] + h * v[index];
}

}  // namespace lbfgs
