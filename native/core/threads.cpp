#include "threads.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <unsupported/Eigen/CXX11/ThreadPool>

namespace lbfgs {
namespace {

// The pool of so many threads, if an optimiser has it already.
std::shared_ptr<Eigen::ThreadPool> shared_pool(int threads) {
  static std::mutex mutex;
  static std::map<int, std::weak_ptr<Eigen::ThreadPool>> pools;
  const std::lock_guard lock(mutex);
  std::weak_ptr<Eigen::ThreadPool>& known = pools[threads];
  std::shared_ptr<Eigen::ThreadPool> pool = known.lock();
  if (!pool) {
    pool = std::make_shared<Eigen::ThreadPool>(threads);
    known = pool;
  }
  return pool;
}

}  // namespace

void Threads::run(Index parts, Call call) {
  if (!pool_) pool_ = shared_pool(count_ - 1);
  auto* const pool = static_cast<Eigen::ThreadPool*>(pool_.get());
  const int helpers = static_cast<int>(parts < count_ ? parts : count_) - 1;
  std::atomic<Index> next{0};
  Eigen::Barrier finished(static_cast<unsigned>(helpers));
  const auto take_parts = [&](int worker) {
    for (Index part = next++; part < parts; part = next++) call.work(call.what, part, worker);
  };
  for (int helper = 0; helper < helpers; ++helper) {
    pool->Schedule([&, helper] {
      take_parts(helper + 1);
      finished.Notify();
    });
  }
  take_parts(0);
  finished.Wait();
}

}  // namespace lbfgs
