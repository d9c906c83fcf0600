// Which compilation of the kernels this machine runs.
#pragma once

#include <string_view>
#include <vector>

#include "core/vectors/cpu/kernels/kernels.hpp"

namespace lbfgs {

namespace scalar {
extern const Kernels kernels;
}

/// A compilation of the kernels: its name and its functions.
struct InstructionSet {
  std::string_view name;  ///< "avx512", "avx2" or "baseline"
  const Kernels* kernels;
};

/// Those that are in this binary and that this machine can run, the widest first; the last one is "baseline".
std::vector<InstructionSet> instruction_sets();

/// The widest, or the one that the environment variable LBFGS_INSTRUCTION_SET names if it is there. Chosen once.
const InstructionSet& instruction_set();

/// For vectors of n entries in all. Short ones have kernels of their own, the same on every machine.
template <class Table>
const Table& kernels(Index n) {
  return std::get<Table>(n < lanes_from ? scalar::kernels : *instruction_set().kernels);
}

}  // namespace lbfgs
