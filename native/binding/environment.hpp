// What the optimisers of one environment have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lbfgs {

class NativeOptimizer;

/// The optimisers by number. To find one by its number is free; to find it by its object (napi_unwrap) takes as long as
/// the core does for two parameters. An External would be free too, but Node leaks what it makes of one when the
/// process ends.
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
  /// The threads that helped the optimiser which was last at rest, of those that had any: the next one need not start
  /// its own, even if that one is gone. They end with the environment; a static object would have to wait for them as
  /// the library is unloaded, when threads cannot end on Windows.
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
  // Shared: whether the environment's end takes it or the optimisers first is not said.
  std::shared_ptr<Environment> environment_;
  std::uint32_t number_;
};

}  // namespace lbfgs
