// What the optimisers of one environment share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lbfgs {

class NativeOptimizer;

/// The optimisers by number. A lookup by number costs nothing; a lookup by object (napi_unwrap) takes as long as the
/// core's work on two parameters. An External would cost nothing either, but Node leaks memory for each one at the end
/// of the process.
class Handles {
public:
  std::uint32_t add(NativeOptimizer* optimizer) {
    if (free_.empty()) {
      optimizers_.push_back(nullptr);
      free_.reserve(optimizers_.capacity());  // so that remove() never throws
      optimizers_.back() = optimizer;
      return static_cast<std::uint32_t>(optimizers_.size() - 1);
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

  /// Null where there is none.
  NativeOptimizer* at(std::uint32_t handle) const {
    return handle < optimizers_.size() ? optimizers_[handle] : nullptr;
  }

private:
  std::vector<NativeOptimizer*> optimizers_;
  std::vector<std::uint32_t> free_;
};

/// There is one for the main thread and one for each worker thread that loads the addon.
struct Environment {
  Handles handles;
  /// Owns the helper threads of the optimiser that used some last, so that the next optimiser uses the same threads.
  /// They end with the environment. A static owner would join them while the library is unloaded, when threads cannot
  /// end on Windows.
  std::shared_ptr<const void> helpers;
};

/// A number of its own for the optimiser that holds it.
class Handle {
public:
  Handle(std::shared_ptr<Environment> environment, NativeOptimizer* optimizer)
      : environment_(std::move(environment)), number_(environment_->handles.add(optimizer)) {}
  ~Handle() { environment_->handles.remove(number_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::uint32_t number() const { return number_; }
  Environment& environment() const { return *environment_; }

private:
  // Shared, because Node does not define whether the environment or its objects are destroyed first.
  std::shared_ptr<Environment> environment_;
  std::uint32_t number_;
};

}  // namespace lbfgs
