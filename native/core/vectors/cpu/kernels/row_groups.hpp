// Rows of the history side by side, as many at a time as the registers hold.
//
// Included by kernels.cpp alone: compiled once for each instruction set, and kept apart by its namespace.
#pragma once

#include <cstddef>

#include "core/types/index.hpp"
#include "core/vectors/cpu/kernels/simd.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {
namespace {

// Rows are read side by side, so that g, y or the sum is read once for all of them. The hardware prefetches too little
// of so many streams at once, so the code prefetches each row. The number of rows is what the registers hold.
#if defined(LBFGS_SCALAR)
constexpr Index most_rows = 2;
#elif LBFGS_SIMD_WIDTH == 8
constexpr Index most_rows = 10;
#elif LBFGS_SIMD_WIDTH == 4 || defined(__aarch64__)
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

}  // namespace
}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
