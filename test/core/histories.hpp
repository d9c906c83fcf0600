// Histories of every kind, driven by a test.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/types/pair_policy.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "core/vectors/cpu/history.hpp"
#include "dense_bfgs.hpp"

namespace lbfgs::test {

/// A computing type, the type that pairs are stored as, and a recursion.
template <class T_, class H_, Recursion recursion_>
struct Kind {
  using T = T_;
  using H = H_;
  static constexpr Recursion recursion = recursion_;
  /// The error allowed in a direction, relative to its size.
  static constexpr double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-12;
};
using TwoLoopFloat = Kind<float, float, Recursion::two_loop>;
using TwoLoopDouble = Kind<double, double, Recursion::two_loop>;
using TwoLoopMixed = Kind<double, float, Recursion::two_loop>;
using CompactFloat = Kind<float, float, Recursion::compact>;
using CompactDouble = Kind<double, double, Recursion::compact>;
using CompactMixed = Kind<double, float, Recursion::compact>;

template <class To, class From>
std::vector<To> as(const std::vector<From>& values) {
  std::vector<To> converted;
  for (const From value : values) converted.push_back(static_cast<To>(value));
  return converted;
}
/// The values, rounded to T.
template <class T>
std::vector<double> rounded_to(const std::vector<double>& values) {
  return as<double>(as<T>(values));
}

/// The bits of the entries, for comparisons that tell 0 from -0.
inline std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> all;
  for (const double value : values) all.push_back(std::bit_cast<std::uint64_t>(value));
  return all;
}

/// A history of the kind K, in terms of doubles that are exact in its types (dense_bfgs.hpp makes some).
template <class K>
class HistoryOf {
public:
  using T = typename K::T;

  HistoryOf(std::size_t n, Index capacity, int threads = 1, bool diagonal = false)
      : n_(n), chunks_(static_cast<Index>(n)), g_before_(n) {
    chunks_.set_threads(threads);
    history_ =
        History<T>::create(capacity, dtype_of<typename K::H>, K::recursion, static_cast<Index>(n_), chunks_, diagonal);
  }

  HistoryOf(const HistoryOf&) = delete;
  HistoryOf& operator=(const HistoryOf&) = delete;

  History<T>& operator*() { return *history_; }
  History<T>* operator->() { return history_.get(); }
  void set_threads(int threads) { chunks_.set_threads(threads); }

  /// The committed pairs, the oldest first.
  std::vector<Pair> pairs() const {
    std::vector<Pair> all;
    std::vector<T> s(n_);
    std::vector<T> y(n_);
    for (Index age = 0; age < history_->size(); ++age) {
      const double rho = history_->read(age, s.data(), y.data());
      all.push_back({{s.begin(), s.end()}, {y.begin(), y.end()}, rho});
    }
    return all;
  }

  /// Forms the pair as a move to where the gradient is g.
  Curvature form(const Pair& pair, const std::vector<double>& g) {
    d_ = as<T>(pair.s);
    g_ = as<T>(g);
    for (std::size_t i = 0; i < n_; ++i) g_before_[i] = static_cast<T>(g[i] - pair.y[i]);
    return history_->form({1.0, d_.data(), g_.data(), g_before_.data(), static_cast<Index>(n_)});
  }
  /// Proposes the pair if torch would take it; returns whether it does.
  bool propose(const Pair& pair, const std::vector<double>& g) {
    const Curvature curvature = form(pair, g);
    if (!PairPolicy{}.takes(curvature, 0.0)) return false;
    history_->push(curvature);
    return true;
  }
  /// Proposes the pair if torch would take it, and commits; returns whether it does.
  bool push(const Pair& pair) {
    const bool taken = propose(pair, pair.y);
    history_->commit();
    return taken;
  }
  /// Appends all pairs of another history.
  void load(const HistoryOf& from) {
    for (const Pair& pair : from.pairs()) append(pair);
  }
  void append(const Pair& pair) {
    const std::vector<T> s = as<T>(pair.s);
    const std::vector<T> y = as<T>(pair.y);
    history_->append(s.data(), y.data(), pair.rho);
  }

  /// -H g; after form(), g must be the gradient of that move.
  std::vector<double> direction(double h_diag, const std::vector<double>& g) {
    const std::vector<T> in = as<T>(g);
    std::vector<T> d(n_);
    summary_ = history_->direction(h_diag, in.data(), d.data());
    return {d.begin(), d.end()};
  }
  /// The summary of the last direction().
  const Summary& summary() const { return summary_; }

private:
  std::size_t n_;
  Chunks chunks_;
  std::unique_ptr<History<T>> history_;
  std::vector<T> d_;  // what the pair formed last is made of
  std::vector<T> g_;
  std::vector<T> g_before_;
  Summary summary_;
};

}  // namespace lbfgs::test
