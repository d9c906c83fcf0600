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

// Lets another thread of the same core go first.
void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether it happens within about the time that it takes to sleep and to be woken; the thread stays awake for it.
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

// A thread for parts of any pass. It stays awake for a while after each, since another one mostly follows at once.
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
  // Of one thread: Eigen's of several cannot be taken down again if one of them could not be started. It looks for no
  // task once it has waited for one above.
  Eigen::ThreadPool pool_{1, false};
};

using Helpers = std::vector<std::shared_ptr<Helper>>;

// The first so many helpers of the process, or those of them that could be had.
std::shared_ptr<const Helpers> shared_helpers(std::size_t count) {
  static std::mutex mutex;
  static std::vector<std::weak_ptr<Helper>> known;
  const std::lock_guard lock(mutex);
  if (known.size() < count) known.resize(count);
  const auto shared = std::make_shared<Helpers>();
  try {
    while (shared->size() < count) {
      std::weak_ptr<Helper>& place = known[shared->size()];
      std::shared_ptr<Helper> helper = place.lock();
      if (!helper) place = helper = std::make_shared<Helper>();
      shared->push_back(std::move(helper));
    }
  } catch (const std::exception&) {
    // No more threads, or no memory for them.
  }
  return shared;
}

}  // namespace

// The parts of one pass. It lasts until the last helper has seen it, who may come when all is done: nobody waits for a
// thread that wakes up too late. Each worker has a range of its own, the same in every pass of as many parts, whose
// memory is in its caches; one that is through with it takes from the end of the longest that is left.
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
    // What others still have is a part each.
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
