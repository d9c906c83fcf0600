// Passes over a long vector, shared by threads.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "core/vectors/cpu/kernels/kernels.hpp"
#include "core/vectors/cpu/threads.hpp"

namespace lbfgs {

/// The chunks of a vector of n entries. Results do not depend on the number of threads that share them.
class Chunks {
public:
  explicit Chunks(Index n)
      : n_(n),
        length_(chunk_length(n)),
        count_(n == 0 ? 0 : (n + length_ - 1) / length_),
        summaries_(static_cast<std::size_t>(count_)) {}

  Index count() const { return count_; }
  /// The most entries of one chunk.
  Index length() const { return length_; }
  /// The chunk that begins at this entry.
  Index chunk_at(Index at) const { return at / length_; }
  int workers() const { return threads_.count(); }
  const std::shared_ptr<const void>& helpers() const { return threads_.helpers(); }
  void set_threads(int count) {
    if (count != threads_.count()) threads_ = Threads(count);
  }

  /// Calls work(at, size, worker) for every chunk [at, at + size).
  template <class Work>
  void each(Work&& work) {
    if (count_ == 1) return work(Index{0}, n_, 0);
    threads_.share(count_, [&](Index chunk, int worker) {
      const Index at = chunk * length_;
      work(at, std::min(length_, n_ - at), worker);
    });
  }

  /// The sum of the summaries that work(at, size, worker) returns of the chunks, in their order.
  template <class Work>
  Summary summary(Work&& work) {
    if (count_ == 1) return work(Index{0}, n_, 0);
    each([&](Index at, Index size, int worker) {
      summaries_[static_cast<std::size_t>(chunk_at(at))] = work(at, size, worker);
    });
    Summary all;
    for (const Summary& chunk : summaries_) all.add(chunk);
    return all;
  }

  /// The sum of the results that work(at, size, worker) returns of the chunks, in their order. Result has add().
  template <class Result, class Work>
  Result total(Work&& work) {
    if (count_ == 1) return work(Index{0}, n_, 0);
    std::vector<Result> found(static_cast<std::size_t>(count_));
    each([&](Index at, Index size, int worker) {
      found[static_cast<std::size_t>(chunk_at(at))] = work(at, size, worker);
    });
    Result all;
    for (const Result& chunk : found) all.add(chunk);
    return all;
  }

  /// Calls work(at, size, worker, group) for every chunk. The chunks of a group are next to each other and come in
  /// their order, on one thread.
  template <class Work>
  void in_groups(Index groups, Work&& work) {
    threads_.share(groups, [&](Index group, int worker) {
      for (Index chunk = group * count_ / groups; chunk < (group + 1) * count_ / groups; ++chunk) {
        const Index at = chunk * length_;
        work(at, std::min(length_, n_ - at), worker, group);
      }
    });
  }

  /// Calls work(at, size, worker) for every chunk, and returns whether all calls have returned true.
  template <class Work>
  bool all(Work&& work) {
    if (count_ == 1) return work(Index{0}, n_, 0);
    return summary([&](Index at, Index size, int worker) { return Summary{0.0, 0.0, work(at, size, worker)}; }).finite;
  }

  /// For each of `count` numbers, its sum over the chunks, in their order, of what work(at, size, worker, out) writes.
  /// The sums are the first of `numbers`, which has room for `count` numbers of every chunk.
  template <class Work>
  const double* sums(Index count, std::vector<double>& numbers, Work&& work) {
    double* const all = numbers.data();
    if (count_ == 0) std::fill_n(all, count, 0.0);
    each([&](Index at, Index size, int worker) { work(at, size, worker, all + chunk_at(at) * count); });
    for (Index i = count; i < count_ * count; ++i) all[i % count] += all[i];
    return all;
  }

private:
  Index n_;
  Index length_;
  Index count_;
  Threads threads_;
  std::vector<Summary> summaries_;
};

}  // namespace lbfgs
