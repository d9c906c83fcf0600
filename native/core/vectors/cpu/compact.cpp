// A file of its own, because cmake asks for small code here: the time is in the kernels that it calls, and its vectors
// are long. The two-loop recursion serves short vectors, for which every instruction counts.
#include "core/vectors/cpu/compact.hpp"

namespace lbfgs {

template class CompactHistory<float, float>;
template class CompactHistory<double, float>;
template class CompactHistory<double, double>;

}  // namespace lbfgs
