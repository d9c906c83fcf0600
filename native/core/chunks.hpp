// Passes over a long vector, shared by threads.
#pragma once

#include <vector>

#include "kernels.hpp"
#include "threads.hpp"

namespace lbfgs {

/// The chunks of a vector of n entries. What they give does not depend on the threads that share them.
class Chunks {
public:
  explicit Chunks(Index n) : n_(n), summaries_(static_cast<std::size_t>(chunk_count(n))) {}

  Index count() const { return chunk_count(n_); }
  /// The most entries of one chunk.
  Index length() const { return n_ < chunk_size ? n_ : chunk_size; }
  int workers() const { return threads_.count(); }
  void set_threads(int count) {
    if (count != threads_.count()) threads_ = Threads(count);
  }

  /// Calls work(at, size, worker) for every chunk [at, at + size).
  template <class Work>
  void each(Work&& work) {
    if (count() == 1) return work(Index{0}, n_, 0);
    threads_.share(count(), [&](Index chunk, int worker) {
      const Index at = chunk * chunk_size;
      work(at, n_ - at < chunk_size ? n_ - at : chunk_size, worker);
    });
  }

  /// The summary of what work(at, size, worker) says of its chunk.
  template <class Work>
  Summary summary(Work&& work) {
    if (count() == 1) return work(Index{0}, n_, 0);
    each([&](Index at, Index size, int worker) {
      summaries_[static_cast<std::size_t>(at / chunk_size)] = work(at, size, worker);
    });
    Summary all;
    for (const Summary& chunk : summaries_) all.add(chunk);
    return all;
  }

private:
  Index n_;
  Threads threads_;
  std::vector<Summary> summaries_;
};

}  // namespace lbfgs
