// Vectors in the memory of this machine.
#pragma once

#include <memory>
#include <optional>

#include "core/recursion/recursion.hpp"
#include "core/types/dtype.hpp"
#include "core/types/region.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

/// The computing dtype is float64 unless every parameter is float32. History: see Vectors::resize_history().
/// Directions come from the faster recursion unless one is named. Throws OutOfMemory.
std::unique_ptr<Vectors> cpu_vectors(Parameters parameters, Index history_size, Dtype history_dtype = Dtype::float64,
                                     std::optional<Recursion> recursion = {}, bool diagonal = false);

/// For a solve within a region: one parameter of float64 values, whose gradients are float64. The arrays of the region
/// outlive the vectors. Throws OutOfMemory.
std::unique_ptr<Vectors> region_vectors(Parameters parameters, Index history_size, Dtype history_dtype,
                                        const Region& region);

/// The bytes of cpu_vectors() of n entries without a learnt H0, once the history is full and `threads` threads share
/// the passes. copied: fetch() has made copies.
double cpu_vectors_bytes(Index n, Dtype computing, Index history_size, Dtype history_dtype, int threads, bool copied);

}  // namespace lbfgs
