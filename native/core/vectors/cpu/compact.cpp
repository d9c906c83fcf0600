// CMakeLists.txt compiles this file for size: vectors are long here, and the kernels take the time. The two-loop
// recursion is compiled elsewhere, because it serves short vectors, for which every instruction counts.
#include "core/vectors/cpu/compact.hpp"

namespace lbfgs {

template class CompactHistory<float, float>;
template class CompactHistory<double, float>;
template class CompactHistory<double, double>;

}  // namespace lbfgs
