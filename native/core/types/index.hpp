// How long vectors are counted and cut.
#pragma once

#include <cstddef>

namespace lbfgs {

using Index = std::ptrdiff_t;

/// The most entries handled at a time, by one thread: runs of this length keep the memory's prefetcher going, and the
/// few vectors that are met again and again in a run stay in the second-level cache. Sums are taken chunk by chunk and
/// added up in the order of the chunks, whoever computed them.
inline constexpr Index chunk_size = 16384;

/// Shorter vectors have the kernels without lanes, the same on every machine.
inline constexpr Index lanes_from = 8;

/// Shorter vectors stay in registers throughout the two loops, which take them pair by pair: what they cost is waiting
/// for one result after the other.
inline constexpr Index blocks_from = 16;

/// The entries of a chunk of a vector of n; its last chunk may have fewer. Several chunks are about as long as each
/// other, whole cache lines, and even in number unless they are very many, so that two threads have half each.
constexpr Index chunk_length(Index n) {
  if (n <= chunk_size) return n;
  constexpr Index line = 16;  // of float32
  const Index pairs = (n + 2 * chunk_size - 1) / (2 * chunk_size);
  return ((n + 2 * pairs - 1) / (2 * pairs) + line - 1) / line * line;
}

}  // namespace lbfgs
