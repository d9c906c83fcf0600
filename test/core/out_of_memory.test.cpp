// Every allocation that a step or a shared pass makes, failing once: the last accepted point is back, and training goes
// on from there; the pass is done all the same.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "core/vectors/cpu/cpu_vectors.hpp"
#include "core/vectors/cpu/threads.hpp"
#include "driver.hpp"

namespace {

// What this thread may still allocate, while it counts.
thread_local bool counting = false;
thread_local int allowed = 0;

void* allocate(std::size_t bytes) noexcept {
  if (counting && allowed-- == 0) return nullptr;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

// call(), its allocations counted.
template <class Call>
auto counted(Call&& call) {
  struct Counting {
    Counting() { counting = true; }
    ~Counting() { counting = false; }
  } const now;
  return call();
}

}  // namespace

// Those that the rest of the standard library's come down to.
void* operator new(std::size_t bytes) {
  if (void* const data = allocate(bytes)) return data;
  throw std::bad_alloc();
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }

namespace lbfgs::test {
namespace {

/// Rosenbrock's function in two parameters, so that a gradient which stays in the caller's arrays has to be gathered.
class Training {
public:
  explicit Training(LineSearch mode) : options_(options_for(mode, 8)) {
    arrays_.set_x(rosenbrock_start);
    optimiser_ = std::make_unique<Optimizer>(cpu_vectors(arrays_.parameters(), 3));
  }

  /// One step, whose allocation number `failing` fails. Whether it came to its end.
  bool step(int failing = -1) {
    allowed = failing;
    evaluated = false;
    try {
      Asked asked = counted([this] { return optimiser_->begin(options_, true); });
      while (asked != Asked::done) {
        if (asked == Asked::iteration) {
          reached = snapshot();
          asked = counted([this] { return optimiser_->proceed(true); });
        } else {
          evaluated = true;
          Vector g(4);
          const double loss = rosenbrock(arrays_.x(), g);
          arrays_.set_grad(g);
          asked = counted([this, loss] { return optimiser_->tell(loss); });
        }
      }
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  struct Reached {
    Vector x;
    std::int64_t n_iter = 0;
    Index pairs = 0;
    bool operator==(const Reached&) const = default;
  };
  Reached snapshot() { return {arrays_.x(), optimiser_->state().n_iter, optimiser_->vectors().history_size()}; }
  /// The caller's gradients, mended where the core says so.
  Vector gradient() {
    if (optimiser_->gradient_stale()) optimiser_->write_gradient();
    return arrays_.grad();
  }
  /// Whether those are to be the gradients of the point: not after a last move that is not evaluated.
  bool is_current() const { return optimiser_->outcome().current; }
  bool evaluated = false;  // in the last step
  /// After the last complete iteration.
  Reached reached = snapshot_of_start();

private:
  static Reached snapshot_of_start() { return {rosenbrock_start, 0, 0}; }

  Options options_;
  Arrays<double> arrays_{{1, 3}};
  std::unique_ptr<Optimizer> optimiser_;
};

}  // namespace

TEST_CASE("a step whose memory cannot be had leaves the last complete iteration, and the next one works") {
  for (const LineSearch mode : modes) {
    for (const int steps_before : {0, 1, 2}) {
      int failing = 0;
      for (bool ended = false; !ended; ++failing) {
        CAPTURE(steps_before);
        CAPTURE(failing);
        Training training(mode);
        for (int step = 0; step < steps_before; ++step) REQUIRE(training.step());
        ended = training.step(failing);
        CHECK(training.snapshot() == training.reached);
        if (training.evaluated && training.is_current()) {
          Vector expected(4);
          rosenbrock(training.reached.x, expected);
          CHECK(training.gradient() == expected);
        }
        const Training::Reached before = training.reached;
        CHECK(training.step());
        CHECK(training.reached.n_iter > before.n_iter);
      }
      CHECK(failing > 1);  // something was allocated
    }
  }
}

TEST_CASE("a pass for whose threads there is no memory is done by those that there are") {
  int failing = 0;
  for (bool failed = true; failed; ++failing) {
    CAPTURE(failing);
    Threads threads(4);
    for (const int seen : {1, 2}) {
      CAPTURE(seen);
      std::array<std::atomic<int>, 9> done{};
      const auto pass = [&] { threads.share(9, [&](Index part, int) { ++done[static_cast<std::size_t>(part)]; }); };
      if (seen == 1) {
        allowed = failing;
        counted(pass);
        failed = allowed < 0;
      } else {
        pass();
      }
      for (const std::atomic<int>& times : done) CHECK(times == 1);
    }
  }
  CHECK(failing > 10);  // a pool of three threads, and what the pass is made of
}

}  // namespace lbfgs::test
