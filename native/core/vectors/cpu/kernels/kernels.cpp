// Compiled once for each instruction set, LBFGS_INSTRUCTION_SET being its name; cmake/kernels.cmake says with which
// flags. The code may call no inline function of any header but the ones below: the linker would keep one copy of such
// a function for all sets.

#include "core/vectors/cpu/kernels/kernels.hpp"

#include "core/vectors/cpu/kernels/diagonal_kernels.hpp"
#include "core/vectors/cpu/kernels/pair_kernels.hpp"
#include "core/vectors/cpu/kernels/region_kernels.hpp"
#include "core/vectors/cpu/kernels/vector_kernels.hpp"

namespace lbfgs::LBFGS_INSTRUCTION_SET {

extern const Kernels kernels;
constinit const Kernels kernels{
    vector_kernels<float>,         vector_kernels<double>,        caller_kernels<float, float>,
    caller_kernels<float, double>, caller_kernels<double, float>, caller_kernels<double, double>,
    pair_kernels<float, float>,    pair_kernels<double, float>,   pair_kernels<double, double>,
    diagonal_kernels<float>,       diagonal_kernels<double>,      region_kernels};

}  // namespace lbfgs::LBFGS_INSTRUCTION_SET
