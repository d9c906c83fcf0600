// How long vectors are counted and cut.
#pragma once

#include <cstddef>

namespace lbfgs {

using Index = std::ptrdiff_t;

/// Entries handled at a time, by one thread: runs of this length keep the memory's prefetcher going, and the few
/// vectors that are met again and again in a run stay in the second-level cache. Sums are taken chunk by chunk and
/// added up in the order of the chunks, whoever computed them.
inline constexpr Index chunk_size = 16384;

/// Shorter vectors have the kernels without lanes, the same on every machine.
inline constexpr Index lanes_from = 8;

/// Shorter vectors stay in registers throughout the two loops, which take them pair by pair: what they cost is waiting
/// for one result after the other.
inline constexpr Index blocks_from = 16;

constexpr Index chunk_count(Index n) { return (n + chunk_size - 1) / chunk_size; }

}  // namespace lbfgs
