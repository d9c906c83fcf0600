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

/// The instruction sets that are in this binary and that this machine can run, the widest first; the last is
/// "baseline".
std::vector<InstructionSet> instruction_sets();

/// The widest of instruction_sets(), or the one of them that the environment variable LBFGS_INSTRUCTION_SET names.
/// Chosen once in a process.
const InstructionSet& instruction_set();

/// The kernels for vectors of n entries in all. Those for short vectors are the same on every machine.
template <class Table>
const Table& kernels(Index n) {
  return std::get<Table>(n < lanes_from ? scalar::kernels : *instruction_set().kernels);
}

}  // namespace lbfgs
