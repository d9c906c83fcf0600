// Which kernels vectors of a length have, and how long vectors are cut into chunks.
#pragma once

#include "core/types/index.hpp"

namespace lbfgs {

/// The most entries that one thread handles at a time: runs of this length keep the memory's prefetcher going, and the
/// few vectors that a run reads again and again stay in the second-level cache. Sums are taken chunk by chunk and added
/// in the order of the chunks, whichever thread computed them.
inline constexpr Index chunk_size = 16384;

/// Vectors of fewer entries have the scalar kernels, which are the same on every machine.
inline constexpr Index lanes_from = 8;

/// Vectors of fewer entries stay in registers throughout the two-loop recursion, which takes one pair at a time
/// (pair_by_pair.hpp): the time is the latency of operations that depend on each other.
inline constexpr Index blocks_from = 16;

/// The entries of a chunk of a vector of n entries; the last chunk may have fewer. Chunks have about the same length,
/// which is a whole number of cache lines. Their number is even unless it is very large, so that two threads have half
/// each.
constexpr Index chunk_length(Index n) {
  if (n <= chunk_size) return n;
  constexpr Index line = 16;  // of float32
  const Index pairs = (n + 2 * chunk_size - 1) / (2 * chunk_size);
  return ((n + 2 * pairs - 1) / (2 * pairs) + line - 1) / line * line;
}

}  // namespace lbfgs
