#include "threads.hpp"

#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <unsupported/Eigen/CXX11/ThreadPool>
#include <vector>

namespace lbfgs {
namespace {

// Each is a pool of one thread: Eigen's of several cannot be taken down again if one of them could not be started.
using Helpers = std::vector<std::unique_ptr<Eigen::ThreadPool>>;

// As many helpers, or those that could be had, shared by all who ask for as many.
std::shared_ptr<const Helpers> shared_helpers(int count) {
  static std::mutex mutex;
  static std::map<int, std::weak_ptr<const Helpers>> known;
  const std::lock_guard lock(mutex);
  std::weak_ptr<const Helpers>& of_count = known[count];
  std::shared_ptr<const Helpers> shared = of_count.lock();
  if (!shared) {
    const auto made = std::make_shared<Helpers>();
    try {
      while (static_cast<int>(made->size()) < count) made->push_back(std::make_unique<Eigen::ThreadPool>(1));
    } catch (const std::exception&) {
      // No more threads, or no memory for them.
    }
    of_count = shared = made;
  }
  return shared;
}

}  // namespace

// The parts of one pass. It lasts until the last helper has seen it, who may come when all is done: nobody waits for a
// thread that wakes up too late.
class Threads::Pass {
public:
  Pass(Index parts, Call call) : parts_(parts), left_(parts), call_(call) {}

  void take_parts(int worker) {
    for (Index part = next_++; part < parts_; part = next_++) {
      call_.work(call_.what, part, worker);
      if (--left_ == 0) finished_.Notify();
    }
  }

  void wait() {
    // What others still have is a part each: to sleep and be woken takes as long as a short one. Some ten microseconds.
    constexpr int spins = 20'000;
    for (int spin = 0; spin < spins; ++spin) {
      if (left_ == 0) return;
    }
    finished_.Wait();
  }

private:
  const Index parts_;
  std::atomic<Index> next_{0};
  std::atomic<Index> left_;  // not done yet
  const Call call_;
  Eigen::Notification finished_;
};

void Threads::run(Index parts, Call call) {
  std::shared_ptr<Pass> pass;
  try {
    if (!helpers_) helpers_ = shared_helpers(count_ - 1);
    pass = std::make_shared<Pass>(parts, call);
    int worker = 0;
    for (const auto& helper : *static_cast<const Helpers*>(helpers_.get())) {
      if (++worker >= parts) break;
      helper->Schedule([pass, worker] { pass->take_parts(worker); });
    }
  } catch (const std::exception&) {
    // No memory for more: those who are in it by now will do.
  }
  if (!pass) {
    for (Index part = 0; part < parts; ++part) call.work(call.what, part, 0);
    return;
  }
  pass->take_parts(0);
  pass->wait();
}

}  // namespace lbfgs
