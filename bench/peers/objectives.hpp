// The problems in C++; ../solves/problems.ts and ../harness/endless.ts have the same ones in JavaScript, operation by
// operation.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

using Index = std::int64_t;

/** Fills g at x (both: n) and returns the loss. */
template <class T>
using Objective = std::function<T(const T* x, T* g)>;

/** The problem that iterations are timed on. n < 1000: f = -log(w . x), which has no minimum; otherwise f = x . D x /
 * 2, with D log-spaced from 1 to 1e-6. */
template <class T>
class Endless {
public:
  explicit Endless(Index n) : n_(n), small_(n < 1000), c_(static_cast<std::size_t>(n)) {
    for (Index i = 0; i < n; ++i) {
      const double at = static_cast<double>(i);
      const double size = static_cast<double>(n);
      const double c = small_ ? (1.0 + std::fmod(at, 3.0)) / size : std::pow(10.0, -6.0 * at / (size - 1.0));
      c_[static_cast<std::size_t>(i)] = static_cast<T>(c);
    }
  }

  T operator()(const T* x, T* g) const {
    const T* const c = c_.data();
    T sum = 0;
    if (small_) {
      for (Index i = 0; i < n_; ++i) sum += c[i] * x[i];
      const T scale = T(-1) / sum;
      for (Index i = 0; i < n_; ++i) g[i] = scale * c[i];
      return finite(-std::log(sum));
    }
#pragma omp simd reduction(+ : sum)
    for (Index i = 0; i < n_; ++i) {
      const T slope = c[i] * x[i];
      g[i] = slope;
      sum += slope * x[i];
    }
    return finite(T(0.5) * sum);
  }

private:
  static T finite(T loss) {
    if (!std::isfinite(loss)) throw std::runtime_error("the loss is not finite");
    return loss;
  }

  Index n_;
  bool small_;
  std::vector<T> c_;
};

/** The data of a problem, from ../solves/problems.ts. */
struct Data {
  Index rows;
  Index columns;
  double penalty;
  std::vector<double> values;  // rows x columns
};

/** The problem of whole solves with this name, float64; throws std::runtime_error for an unknown name. */
Objective<double> objective_named(const std::string& name, Index n, const Data& data);

}  // namespace bench
