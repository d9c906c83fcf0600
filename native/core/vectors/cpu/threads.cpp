#include "core/vectors/cpu/threads.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <unsupported/Eigen/CXX11/ThreadPool>
#include <utility>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace lbfgs {
namespace {

// Lets another thread of the same processor core run.
void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until the condition holds, for at most 50 µs, about as long as it takes to block and unblock a thread. Returns
// whether the condition holds.
template <class Condition>
bool happens_soon(Condition&& condition) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::microseconds(50);
  do {
    for (int look = 0; look < 20; ++look) {
      if (condition()) return true;
      relax();
    }
  } while (Clock::now() < end);
  return false;
}

// A thread that executes parts of passes. The thread spins for a while after each pass, since the next pass mostly
// follows at once.
class Helper {
public:
  template <class Task>
  void schedule(Task task) {
    pool_.Schedule([this, task = std::move(task)] {
      task();
      ++done_;
      happens_soon([this] { return scheduled_ > done_; });
    });
    ++scheduled_;
  }

private:
  std::atomic<Index> scheduled_{0};
  std::atomic<Index> done_{0};
  // A pool of one thread: a larger pool of Eigen's cannot be destroyed if one of its threads could not be started. The
  // pool itself does not spin, since the task above does.
  Eigen::ThreadPool pool_{1, false};
};

using Helpers = std::vector<std::shared_ptr<Helper>>;

// The first `count` helpers of the process, or as many of them as could be started.
std::shared_ptr<const Helpers> shared_helpers(std::size_t count) {
  static std::mutex mutex;
  static std::vector<std::weak_ptr<Helper>> known;
  const std::lock_guard lock(mutex);
  if (known.size() < count) known.resize(count);
  const auto shared = std::make_shared<Helpers>();
  try {
    while (shared->size() < count) {
      std::weak_ptr<Helper>& running = known[shared->size()];
      std::shared_ptr<Helper> helper = running.lock();
      if (!helper) running = helper = std::make_shared<Helper>();
      shared->push_back(std::move(helper));
    }
  } catch (const std::exception&) {
    // The system has no more threads, or no memory for them.
  }
  return shared;
}

}  // namespace

// The parts of one pass. Shared pointers own the pass, because a helper thread may begin only after all parts are done,
// and run() does not wait for that. Each worker has a range of parts of its own, which is the same in every pass of
// that many parts, so that the memory of these parts is in the worker's caches. A worker that has finished its range
// takes parts from the end of the longest range that is left.
class Threads::Pass {
public:
  Pass(Index parts, int workers, Call call) : ranges_(static_cast<std::size_t>(workers)), left_(parts), call_(call) {
    for (int worker = 0; worker < workers; ++worker) {
      ranges_[static_cast<std::size_t>(worker)] = {parts * worker / workers, parts * (worker + 1) / workers};
    }
  }

  void take_parts(int worker) {
    for (Index part = next(worker); part != none; part = next(worker)) {
      call_.work(call_.what, part, worker);
      if (--left_ == 0) finished_.Notify();
    }
  }

  void wait() {
    // The other workers have at most one part each left.
    if (happens_soon([this] { return left_ == 0; })) return;
    finished_.Wait();
  }

private:
  static constexpr Index none = -1;
  struct Range {
    Index first;
    Index end;
    Index size() const { return end - first; }
  };

  Index next(int worker) {
    const std::lock_guard lock(mutex_);
    Range& own = ranges_[static_cast<std::size_t>(worker)];
    if (own.size() > 0) return own.first++;
    Range& longest = *std::max_element(ranges_.begin(), ranges_.end(),
                                       [](const Range& a, const Range& b) { return a.size() < b.size(); });
    return longest.size() > 0 ? --longest.end : none;
  }

  std::mutex mutex_;
  std::vector<Range> ranges_;  // of parts not taken yet
  std::atomic<Index> left_;    // parts not done yet
  const Call call_;
  Eigen::Notification finished_;
};

void Threads::run(Index parts, Call call) {
  std::shared_ptr<Pass> pass;
  try {
    if (!helpers_) helpers_ = shared_helpers(static_cast<std::size_t>(count_) - 1);
    const auto& helpers = *static_cast<const Helpers*>(helpers_.get());
    const int workers = static_cast<int>(std::min<Index>(parts, static_cast<Index>(helpers.size()) + 1));
    pass = std::make_shared<Pass>(parts, workers, call);
    for (int worker = 1; worker < workers; ++worker) {
      helpers[static_cast<std::size_t>(worker) - 1]->schedule([pass, worker] { pass->take_parts(worker); });
    }
  } catch (const std::exception&) {
    // There is no memory to schedule more helpers: those that are scheduled share the pass.
  }
  if (!pass) {
    for (Index part = 0; part < parts; ++part) call.work(call.what, part, 0);
    return;
  }
  pass->take_parts(0);
  pass->wait();
}

}  // namespace lbfgs
