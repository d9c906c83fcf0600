// The products of the pairs with each other and with the gradient, of which each process has its part.
#pragma once

#include "core/ask/reduction.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

/// What the last pass over the pairs has formed, for Ask::reduce().
struct Products {
  Vectors& vectors;
  Curvature pair;  ///< the pair just formed, if it was one
};

inline Sums sums_of(const Products& products, Numbers&) { return products.vectors.products(); }
inline void take(const Numbers&, Products& products) { products.pair = products.vectors.take_combined(); }

}  // namespace lbfgs
