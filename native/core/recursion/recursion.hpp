// How the direction -H g is computed from the curvature pairs.
#pragma once

namespace lbfgs {

/// The forms of the recursion. They give the same direction but for rounding.
enum class Recursion {
  two_loop,  ///< Nocedal & Wright algorithm 7.4, a few pairs at a time
  compact    ///< all products in one pass over the pairs, the recursion in numbers (gram.hpp), one pass that combines
};

}  // namespace lbfgs
