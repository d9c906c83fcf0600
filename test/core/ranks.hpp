// Several processes that hold a part of the parameters each, simulated by as many optimisers in one thread.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "terms.hpp"

namespace lbfgs::test {

inline std::uint64_t bits_of(double number) { return std::bit_cast<std::uint64_t>(number); }

/// The bits of the scalars that must be the same in all processes.
inline std::vector<std::uint64_t> scalars(const Optimizer& optimizer) {
  const State& state = optimizer.state();
  const Outcome& outcome = optimizer.outcome();
  std::vector<std::uint64_t> all;
  for (const std::int64_t count :
       {state.func_evals, state.n_iter, outcome.iterations, outcome.evaluations, std::int64_t{state.prev_gradient},
        std::int64_t{state.stalled}, static_cast<std::int64_t>(outcome.status),
        static_cast<std::int64_t>(optimizer.vectors().history_size()), std::int64_t{state.direction_taken},
        std::int64_t{state.unevaluated}, std::int64_t{state.uncombined}, std::int64_t{state.slope_decides},
        std::int64_t{outcome.current}, std::int64_t{optimizer.gradient_stale()}}) {
    all.push_back(static_cast<std::uint64_t>(count));
  }
  for (const double number : {state.t, state.h_diag, state.prev_loss, state.grad_reference, outcome.initial_loss,
                              outcome.loss, outcome.grad_max, outcome.t, outcome.grad_bound, outcome.grad_reference,
                              outcome.promised, outcome.sensitivity, outcome.noise, outcome.residual_order}) {
    all.push_back(bits_of(number));
  }
  std::vector<double> pair(static_cast<std::size_t>(optimizer.vectors().size()));
  for (Index age = 0; age < optimizer.vectors().history_size(); ++age) {
    all.push_back(bits_of(optimizer.vectors().export_pair(age, pair.data(), pair.data())));
  }
  return all;
}

/// The state of all processes together, as a state dict of all parameters holds it.
struct Saved {
  State state;
  Vector x;
  Vector d;
  Vector g;
  std::vector<Vector> s;
  std::vector<Vector> y;
  Vector rho;
};

class Rank {
public:
  Rank(std::size_t size, Index history_size)
      : arrays({size}), optimizer(cpu_vectors(arrays.parameters(), history_size, Dtype::float64, Recursion::compact)) {
    optimizer.set_distributed(true);
  }
  Arrays<double> arrays;
  Optimizer optimizer;
};

/// As many processes as there are sizes.
class Ranks {
public:
  Ranks(const std::vector<std::size_t>& sizes, const Vector& start, Terms terms, Index history_size = 5)
      : sizes_(sizes), terms_(std::move(terms)) {
    for (const std::size_t size : sizes) ranks_.push_back(std::make_unique<Rank>(size, history_size));
    set_x(start);
  }
  /// Each process has more parameters than in `from`, the new ones last.
  Ranks(const Ranks& from, const std::vector<std::size_t>& sizes, const Vector& x, Terms terms)
      : Ranks(sizes, x, std::move(terms)) {
    for (std::size_t r = 0; r < ranks_.size(); ++r) ranks_[r]->optimizer.extend(from.ranks_[r]->optimizer);
  }

  /// Runs one step. Checks that the requests and the outcomes of all processes are the same.
  Outcome step(const Options& options) {
    messages = 0;
    Vector asked;
    for (const auto& rank : ranks_) asked.push_back(static_cast<double>(rank->optimizer.begin(options, false)));
    while (static_cast<Asked>(asked[0]) != Asked::done) {
      for (const double each : asked) REQUIRE(each == asked[0]);
      if (static_cast<Asked>(asked[0]) == Asked::evaluate)
        evaluate(asked);
      else
        reduce(asked);
    }
    const std::vector<std::uint64_t> first = scalars(optimizer());
    for (const auto& rank : ranks_) CHECK(scalars(rank->optimizer) == first);
    return optimizer().outcome();
  }

  Vector x() const {
    return joined([](Rank& rank, Vector& part) { part = rank.arrays.x(); });
  }
  void set_x(const Vector& x) {
    for_each_part(x, [](Rank& rank, const Vector& part) { rank.arrays.set_x(part); });
  }
  Optimizer& optimizer() const { return ranks_[0]->optimizer; }

  Saved save() const {
    Saved saved;
    saved.state = optimizer().state();
    saved.state.known = 0;
    for (const auto& rank : ranks_) saved.state.known += rank->optimizer.state().known;
    if (!saved.state.direction_taken) saved.state.known = 0;
    saved.x = x();
    saved.d = joined([](Rank& rank, Vector& part) { rank.optimizer.vectors().export_direction(part.data()); });
    saved.g = joined([](Rank& rank, Vector& part) {
      rank.optimizer.vectors().export_gradient(rank.optimizer.state().prev_gradient, part.data());
    });
    for (Index age = 0; age < optimizer().vectors().history_size(); ++age) {
      Vector other(saved.x.size());
      double rho = 0.0;
      saved.s.push_back(joined([&](Rank& rank, Vector& part) {
        rho = rank.optimizer.vectors().export_pair(age, part.data(), other.data());
      }));
      saved.y.push_back(joined(
          [&](Rank& rank, Vector& part) { rank.optimizer.vectors().export_pair(age, other.data(), part.data()); }));
      saved.rho.push_back(rho);
    }
    return saved;
  }
  /// Loads a state into all processes, by the calls of the core that the addon makes.
  void load(const Saved& saved, const Options& options) {
    set_x(saved.x);
    Index from = 0;
    for (const auto& rank : ranks_) {
      State state = saved.state;
      const Index size = rank->optimizer.vectors().size();
      if (state.known >= 0) state.known = std::clamp<Index>(state.known - from, 0, size);
      from += size;
      state.direction_taken = state.known != 0;
      state.unevaluated = false;
      state.prev_gradient = 0;
      rank->optimizer.prepare_load(options);
      rank->optimizer.reset();
      loaded_.push_back(state);
    }
    for_each_part(saved.d,
                  [](Rank& rank, const Vector& part) { rank.optimizer.vectors().import_direction(part.data()); });
    for_each_part(saved.g,
                  [](Rank& rank, const Vector& part) { rank.optimizer.vectors().import_gradient(0, part.data()); });
    for (std::size_t r = 0; r < ranks_.size(); ++r) ranks_[r]->optimizer.load(loaded_[r], options.tolerance_change);
    for (std::size_t age = 0; age < saved.rho.size(); ++age) {
      std::vector<Vector> s;
      for_each_part(saved.s[age], [&](Rank&, const Vector& part) { s.push_back(part); });
      auto next = s.begin();
      for_each_part(saved.y[age], [&](Rank& rank, const Vector& part) {
        rank.optimizer.vectors().import_pair((next++)->data(), part.data(), saved.rho[age]);
      });
    }
    loaded_.clear();
  }

  int messages = 0;         // of the last step
  std::size_t longest = 0;  // the numbers in the longest message so far
  std::function<void(Vector& terms, Vector& g)> spoil = [](Vector&, Vector&) {};

private:
  void for_each_part(const Vector& all, const std::function<void(Rank&, const Vector&)>& work) {
    auto at = all.begin();
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const auto end = at + static_cast<std::ptrdiff_t>(sizes_[r]);
      work(*ranks_[r], Vector(at, end));
      at = end;
    }
  }
  Vector joined(const std::function<void(Rank&, Vector& part)>& read) const {
    Vector all;
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      Vector part(sizes_[r]);
      read(*ranks_[r], part);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  void evaluate(Vector& asked) {
    Vector g;
    Vector terms = terms_(x(), g);
    spoil(terms, g);
    for_each_part(g, [](Rank& rank, const Vector& part) { rank.arrays.set_grad(part); });
    std::size_t r = 0;
    for_each_part(terms, [&](Rank& rank, const Vector& part) {
      asked[r++] = static_cast<double>(rank.optimizer.tell(std::accumulate(part.begin(), part.end(), 0.0)));
    });
  }

  // Combines the numbers of all processes in the order of the processes, as the library does.
  void reduce(Vector& asked) {
    const Sums first = ranks_[0]->optimizer.sums();
    Vector sums(static_cast<std::size_t>(first.added_count));
    Vector largest(static_cast<std::size_t>(first.largest_count));
    for (const auto& rank : ranks_) {
      const Sums mine = rank->optimizer.sums();
      REQUIRE(mine.added_count == first.added_count);
      REQUIRE(mine.largest_count == first.largest_count);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += mine.added[i];
      for (std::size_t i = 0; i < largest.size(); ++i) largest[i] = std::max(largest[i], mine.largest[i]);
    }
    ++messages;
    longest = std::max(longest, sums.size() + largest.size());
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const Sums all = ranks_[r]->optimizer.sums();
      std::copy(sums.begin(), sums.end(), all.added);
      std::copy(largest.begin(), largest.end(), all.largest);
      asked[r] = static_cast<double>(ranks_[r]->optimizer.reduced());
    }
  }

  std::vector<std::size_t> sizes_;
  Terms terms_;
  std::vector<std::unique_ptr<Rank>> ranks_;
  std::vector<State> loaded_;
};

}  // namespace lbfgs::test
