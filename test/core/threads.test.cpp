// The threads that share a pass, and the chunks that they share.
#include "core/vectors/cpu/threads.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/whole_vectors.hpp"
#include "random.hpp"

namespace lbfgs::test {
namespace {

// Shares `parts` parts and returns what was wrong: parts not done exactly once, workers out of range or in two calls.
int mistakes(Threads& threads, Index parts) {
  const auto many = static_cast<std::size_t>(parts);
  std::vector<std::atomic<int>> done(many);
  std::vector<std::atomic<bool>> busy(static_cast<std::size_t>(threads.count()));
  std::vector<Index> by_worker(static_cast<std::size_t>(threads.count()));  // not atomic: a worker has its own
  std::atomic<int> wrong{0};
  threads.share(parts, [&](Index part, int worker) {
    if (part < 0 || part >= parts || worker < 0 || worker >= threads.count()) {
      ++wrong;
      return;
    }
    const auto own = static_cast<std::size_t>(worker);
    if (busy[own].exchange(true)) ++wrong;
    ++done[static_cast<std::size_t>(part)];
    ++by_worker[own];
    busy[own] = false;
  });
  Index sum = 0;
  for (const Index own : by_worker) sum += own;
  if (sum != parts) ++wrong;
  for (const std::atomic<int>& times : done) wrong += times != 1;
  return wrong;
}

}  // namespace

TEST_CASE("every part is done exactly once, and no worker does two at a time") {
  for (const int count : {1, 2, 3, 4, 7, 16}) {
    Threads threads(count);
    CHECK(threads.count() == count);
    for (const Index parts : {0, 1, 2, 3, 6, 7, 8, 100, 1000}) {
      CAPTURE(count);
      CAPTURE(parts);
      for (int repetition = 0; repetition < 50; ++repetition) CHECK(mistakes(threads, parts) == 0);
    }
  }
}

TEST_CASE("a pass has ended when share returns: what it wrote is there, and what it used may go") {
  Threads threads(4);
  for (int repetition = 0; repetition < 500; ++repetition) {
    auto numbers = std::make_unique<std::vector<int>>(9);
    threads.share(9, [&numbers, repetition](Index part, int) {
      (*numbers)[static_cast<std::size_t>(part)] = repetition + static_cast<int>(part);
    });
    for (std::size_t part = 0; part < 9; ++part) CHECK((*numbers)[part] == repetition + static_cast<int>(part));
    numbers.reset();
  }
}

TEST_CASE("several passes at once share a pool, whoever comes and goes") {
  std::atomic<int> wrong{0};
  const auto work = [&](int count) {
    for (int round = 0; round < 20; ++round) {
      Threads threads(count);
      for (int repetition = 0; repetition < 10; ++repetition) wrong += mistakes(threads, 37);
      Threads same = threads;
      threads = Threads(1);
      wrong += mistakes(same, 37);
    }
  };
  std::thread first(work, 3);
  std::thread second(work, 3);
  std::thread third(work, 2);
  work(4);
  first.join();
  second.join();
  third.join();
  CHECK(wrong == 0);
}

TEST_CASE("helpers are started by the first pass of several parts, and who holds them keeps them for others") {
  const auto who_helped = [](Threads& threads) {
    std::thread::id id;
    std::atomic<int> arrived{0};
    threads.share(2, [&](Index, int worker) {
      if (worker == 1) id = std::this_thread::get_id();
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
    return id;
  };
  Threads two(2);
  two.share(1, [](Index, int) {});
  CHECK(two.helpers() == nullptr);
  const std::thread::id helper = who_helped(two);
  CHECK(helper != std::this_thread::get_id());
  const std::shared_ptr<const void> kept = two.helpers();
  CHECK(kept != nullptr);
  two = Threads(1);
  CHECK(two.helpers() == nullptr);
  for (const int count : {2, 3}) {
    Threads others(count);
    CHECK(who_helped(others) == helper);
  }
}

TEST_CASE("the chunks cut a vector at fixed places, and every entry is in one of them") {
  for (const Index n : {Index{0}, Index{1}, chunk_size - 1, chunk_size, chunk_size + 1, 5 * chunk_size + 3}) {
    for (const int count : {1, 2, 4}) {
      CAPTURE(n);
      CAPTURE(count);
      Chunks chunks(n);
      chunks.set_threads(count);
      CHECK(chunks.workers() == count);
      CHECK(chunks.length() == chunk_length(n));
      std::vector<int> seen(static_cast<std::size_t>(n));
      std::atomic<int> wrong{0};
      chunks.each([&](Index at, Index size, int worker) {
        if (at % chunks.length() != 0 || size > chunks.length()) ++wrong;
        if (size < chunks.length() && at + size != n) ++wrong;
        if (chunks.chunk_at(at) != at / chunks.length() || chunks.chunk_at(at) >= chunks.count()) ++wrong;
        if (worker < 0 || worker >= count) ++wrong;
        for (Index i = at; i < at + size; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      CHECK(wrong == 0);
      CHECK(seen == std::vector<int>(static_cast<std::size_t>(n), 1));
    }
  }
}

TEST_CASE("a vector is one chunk, or an even number of about the same length") {
  for (const Index n : {Index{1}, Index{100}, chunk_size}) {
    CHECK(chunk_length(n) == n);
    CHECK(Chunks(n).count() == 1);
  }
  for (Index n = chunk_size + 1; n < 60 * chunk_size; n += 1237) {
    CAPTURE(n);
    const Chunks chunks(n);
    CHECK(chunks.count() % 2 == 0);
    CHECK(chunks.count() < n / chunk_size + 3);
    CHECK(chunks.length() <= chunk_size);
    CHECK(chunks.length() % 16 == 0);
    const Index last = n - (chunks.count() - 1) * chunks.length();
    CHECK(last > chunks.length() - 16 * chunks.count());
  }
  CHECK(chunk_length(2 * chunk_size) == chunk_size);
  CHECK(chunk_length(Index{1} << 40) == chunk_size);
}

TEST_CASE("a worker has the same parts in every pass, unless another one is through with its own") {
  Threads threads(2);
  std::atomic<int> own{0};
  constexpr int passes = 200;
  for (int pass = 0; pass < passes; ++pass) {
    std::atomic<int> arrived{0};
    threads.share(2, [&](Index part, int worker) {
      if (part == worker) ++own;
      // Neither is through before the other one has begun.
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
  }
  CHECK(own == 2 * passes);
}

TEST_CASE("summaries add up in the order of the chunks, whoever found them") {
  constexpr Index n = 9 * chunk_size + 5;
  const std::array<double, 10> terms{1.0, 1e-17, 1e17, -1.0, 0.3, -1e17, 1e-17, 7.7, 1e-3, -0.1};
  double expected = 0.0;
  for (const double term : terms) expected += term;
  for (const int count : {1, 2, 3, 4, 7}) {
    for (int repetition = 0; repetition < 50; ++repetition) {
      Chunks chunks(n);
      chunks.set_threads(count);
      const auto of = [&](Index bad) {
        return chunks.summary([&](Index at, Index, int) {
          const Index chunk = chunks.chunk_at(at);
          return Summary{terms[static_cast<std::size_t>(chunk)], static_cast<double>(chunk), chunk != bad};
        });
      };
      CHECK(of(-1).product == expected);
      CHECK(of(-1).max == 9.0);
      CHECK(of(-1).finite);
      CHECK_FALSE(of(repetition % 10).finite);
    }
  }
}

TEST_CASE_TEMPLATE("whole vectors are multiplied and searched for what is not finite", T, float, double) {
  Random random(61);
  for (const Index n : {Index{0}, Index{1}, Index{100}, 3 * chunk_size + 11}) {
    CAPTURE(n);
    const auto size = static_cast<std::size_t>(n);
    std::vector<T> a = random.vector<T>(size);
    const std::vector<T> b = random.vector<T>(size);
    long double exact = 0.0L;
    for (std::size_t i = 0; i < size; ++i) exact += static_cast<long double>(a[i]) * b[i];
    CHECK(std::abs(static_cast<long double>(dot(a.data(), b.data(), n)) - exact) <= 1e-11L);
    CHECK(all_finite(a.data(), n));
    for (const std::size_t at : {size / 2, size - 1}) {
      if (size == 0) continue;
      const T kept = a[at];
      a[at] = static_cast<T>(NAN);
      CHECK_FALSE(all_finite(a.data(), n));
      a[at] = static_cast<T>(-INFINITY);
      CHECK_FALSE(all_finite(a.data(), n));
      a[at] = kept;
    }
  }
}

}  // namespace lbfgs::test
