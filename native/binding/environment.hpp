// What the optimisers of one environment share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lbfgs {

class NativeOptimizer;

/// There is one for the main thread and one for each worker thread that loads the addon.
///
/// An environment finds optimisers by number. A lookup by number costs nothing; a lookup by object (napi_unwrap) takes
/// as long as the core's work on two parameters. An External would cost nothing either, but Node leaks memory for each
/// one at the end of the process.
class Environment {
public:
  /// Returns a number for the optimiser, which is valid until remove().
  std::uint32_t add(NativeOptimizer* optimizer) {
    if (free_.empty()) {
      optimizers_.push_back(nullptr);
      free_.reserve(optimizers_.capacity());  // so that remove() never throws
      free_.push_back(static_cast<std::uint32_t>(optimizers_.size() - 1));
    }
    const std::uint32_t handle = free_.back();
    free_.pop_back();
    optimizers_[handle] = optimizer;
    return handle;
  }
  void remove(std::uint32_t handle) {
    optimizers_[handle] = nullptr;
    free_.push_back(handle);
  }
  /// The optimiser with this number, or null.
  NativeOptimizer* at(std::uint32_t handle) const {
    return handle < optimizers_.size() ? optimizers_[handle] : nullptr;
  }

  /// Owns the helper threads of the optimiser that used some last, so that the next optimiser uses the same threads.
  /// They end with the environment. A static owner would join them while the library is unloaded, when threads cannot
  /// end on Windows.
  std::shared_ptr<const void> helpers;

private:
  std::vector<NativeOptimizer*> optimizers_;
  std::vector<std::uint32_t> free_;
};

}  // namespace lbfgs
