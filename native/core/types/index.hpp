// How entries of vectors are counted.
#pragma once

#include <cstddef>

namespace lbfgs {

using Index = std::ptrdiff_t;

}  // namespace lbfgs
