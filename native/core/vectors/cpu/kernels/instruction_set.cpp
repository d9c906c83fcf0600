#include "core/vectors/cpu/kernels/instruction_set.hpp"

#include <cstdlib>

namespace lbfgs {

// Defined by kernels.cpp, once for each set.
namespace baseline {
extern const Kernels kernels;
}
#if defined(LBFGS_AVX2)
namespace avx2 {
extern const Kernels kernels;
}
#endif
#if defined(LBFGS_AVX512)
namespace avx512 {
extern const Kernels kernels;
}
#endif

std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets;
#if defined(LBFGS_AVX2)
  __builtin_cpu_init();
#if defined(LBFGS_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    sets.push_back({"avx512", &avx512::kernels});
  }
#endif
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back({"avx2", &avx2::kernels});
#endif
  sets.push_back({"baseline", &baseline::kernels});
  return sets;
}

const InstructionSet& instruction_set() {
  static const InstructionSet chosen = [] {
    const std::vector<InstructionSet> sets = instruction_sets();
    const char* const wanted = std::getenv("LBFGS_INSTRUCTION_SET");
    for (const InstructionSet& set : sets) {
      if (wanted != nullptr && set.name == wanted) return set;
    }
    return sets.front();
  }();
  return chosen;
}

}  // namespace lbfgs
