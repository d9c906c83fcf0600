// The optimisers of one environment by number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lbfgs {

class NativeOptimizer;

/// To find one by its number is free; to find it by its object (napi_unwrap) takes as long as the core does for two
/// parameters. An External would be free too, but Node leaks what it makes of one when the process ends.
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

/// A number of its own for the optimiser that holds it.
class Handle {
public:
  Handle(std::shared_ptr<Handles> handles, NativeOptimizer* optimizer)
      : handles_(std::move(handles)), number_(handles_->add(optimizer)) {}
  ~Handle() { handles_->remove(number_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::uint32_t number() const { return number_; }

private:
  // Shared: whether the environment's end takes them or the optimisers first is not said.
  std::shared_ptr<Handles> handles_;
  std::uint32_t number_;
};

}  // namespace lbfgs
