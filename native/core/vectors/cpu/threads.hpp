// A few threads that share the chunks of a pass.
#pragma once

#include <memory>
#include <type_traits>

#include "core/types/index.hpp"

namespace lbfgs {

/// Runs the parts of a pass on up to `count` threads: the calling thread and helper threads, which all optimisers of
/// the process share. Where helper threads cannot be started, fewer threads share the pass.
class Threads {
public:
  /// count >= 1. A thread is started only when a pass has parts for it.
  explicit Threads(int count = 1) : count_(count) {}

  int count() const { return count_; }
  /// The owner of the helper threads that share() has used, or null. The threads end when the last owner is gone.
  const std::shared_ptr<const void>& helpers() const { return helpers_; }

  /// Calls work(part, worker) for the parts 0 to parts - 1, in no order, and returns when all calls have returned.
  /// `worker` is below count(), and no two calls with the same worker run at once. work does not throw.
  template <class Work>
  void share(Index parts, Work&& work) {
    if (parts <= 1 || count_ == 1) {
      for (Index part = 0; part < parts; ++part) work(part, 0);
      return;
    }
    run(parts, {&work, [](void* what, Index part, int worker) {
                  (*static_cast<std::remove_reference_t<Work>*>(what))(part, worker);
                }});
  }

private:
  struct Call {
    void* what;
    void (*work)(void* what, Index part, int worker);
  };
  class Pass;
  void run(Index parts, Call call);

  int count_;
  std::shared_ptr<const void> helpers_;
};

}  // namespace lbfgs
