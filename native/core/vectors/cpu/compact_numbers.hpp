// The numbers of the compact form: the products that passes over the pairs find, and what the recursion makes of them.
#pragma once

#include <cstddef>
#include <vector>

#include "core/recursion/gram.hpp"
#include "core/vectors/cpu/pairs.hpp"

namespace lbfgs {

/// Products with the vectors of pairs, and factors of these vectors, come in the order in which the two loops meet
/// them: the y from the newest to the oldest, then the s from the oldest to the newest. A pair that is formed and not
/// yet pushed is the one after the committed pairs.
class CompactNumbers {
public:
  explicit CompactNumbers(Index capacity)
      : ring_(capacity + 1),
        gram_(ring_),
        products_(static_cast<std::size_t>(ring_)),
        factors_(static_cast<std::size_t>(2 * capacity)) {
    positions_.reserve(static_cast<std::size_t>(capacity));
  }

  static double full_bytes(Index capacity) {
    const double products = static_cast<double>(capacity + 1) * static_cast<double>(capacity + 1);
    return 3 * sizeof(double) * products;
  }

  /// Takes the products of these pairs with g.
  void take_with_g(const Window& pairs, const double* with_g) {
    for (Index age = 0; age < pairs.size; ++age) {
      PairProducts& products = of(pairs, age);
      products.s_g = with_g[pairs.size + age];
      products.y_g = with_g[pairs.size - 1 - age];
    }
  }
  /// Takes the products of these pairs with the y of the newest of them. Returns the y . s and y . y of the newest.
  Curvature take_with_y(const Window& pairs, const double* with_y) {
    for (Index age = 0; age < pairs.size; ++age) {
      PairProducts& products = of(pairs, age);
      products.s_y = with_y[pairs.size + age];
      products.y_y = with_y[pairs.size - 1 - age];
    }
    const PairProducts& newest = of(pairs, pairs.size - 1);
    return {newest.s_y, newest.y_y};
  }
  /// Adds the newest of these pairs to the products of the pairs with each other, with the products taken last.
  void add_newest(const Window& pairs) {
    list({pairs.first, pairs.size - 1});
    gram_.put(pairs.place(pairs.size - 1, ring_), products_.data(), positions_);
  }

  /// The factors of these pairs in the direction -gamma g + …, by Gram::solve(). rho is by position.
  const double* factors(const Window& pairs, const double* rho, double gamma) {
    list(pairs);
    gram_.solve(positions_, rho, gamma, products_.data(), factors_.data());
    return factors_.data();
  }

  /// Gram::write() and Gram::read() for these pairs.
  double* write(const Window& pairs, double* out) {
    list(pairs);
    return gram_.write(positions_, out);
  }
  void read(const Window& pairs, const Index* ages, const double* in) {
    list(pairs);
    gram_.read(positions_, ages, in);
  }

private:
  PairProducts& of(const Window& pairs, Index age) {
    return products_[static_cast<std::size_t>(pairs.place(age, ring_))];
  }
  void list(const Window& pairs) {
    positions_.clear();
    for (Index age = 0; age < pairs.size; ++age) positions_.push_back(pairs.place(age, ring_));
  }

  Index ring_;
  Gram gram_;
  std::vector<PairProducts> products_;  // by position
  std::vector<double> factors_;
  std::vector<Index> positions_;
};

}  // namespace lbfgs
