// A probe of the coroutine dialect that task.hpp keeps to: some compilers destroy what lives across a co_await twice or
// never, and they would do it silently.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <type_traits>

#include "core/ask/ask.hpp"
#include "core/line_search/strong_wolfe.hpp"
#include "core/optimizer.hpp"

namespace lbfgs::test {
namespace {

// What lives across a suspension is plain data.
static_assert(std::is_trivially_copyable_v<Sample> && std::is_trivially_destructible_v<Sample>);
static_assert(std::is_trivially_copyable_v<State> && std::is_trivially_destructible_v<State>);
static_assert(std::is_trivially_copyable_v<Outcome> && std::is_trivially_destructible_v<Outcome>);
static_assert(std::is_trivially_destructible_v<Summary>);
static_assert(std::is_trivially_destructible_v<Limits>);
static_assert(std::is_trivially_destructible_v<Question<Sample>>);
static_assert(std::is_trivially_destructible_v<Question<bool>>);
static_assert(!std::is_copy_constructible_v<Task<Sample>>);
static_assert(std::is_nothrow_move_constructible_v<Task<Sample>>);

struct Counts {
  int made = 0;
  int destroyed = 0;
};

// Counts its constructions and destructions; not trivially destructible, so a frame that mishandles it shows.
class Counted {
public:
  explicit Counted(Counts& counts) : counts_(counts) { ++counts_.made; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { ++counts_.destroyed; }

private:
  Counts& counts_;
};

Task<Sample> inner(Ask& ask, Counts& counts, int questions, bool fails) {
  const Counted guard(counts);
  Sample sum;
  for (int i = 0; i < questions; ++i) {
    const Sample got = co_await ask.at(i);
    sum.loss += got.loss;
  }
  if (fails) throw std::runtime_error("the inner task failed");
  co_return sum;
}

Task<double> outer(Ask& ask, Counts& counts, int questions, bool fails) {
  const Counted guard(counts);
  const Sample first = co_await ask.at(-1.0);
  double total = first.loss;
  for (int round = 0; round < 2; ++round) {
    const Task<Sample> nested = inner(ask, counts, questions, fails);
    const Sample sum = co_await nested;
    total += sum.loss;
    const bool go_on = co_await ask.iteration();
    if (!go_on) co_return total;
  }
  co_return total;
}

// Answers evaluations with `loss` and iterations with yes, at most `limit` questions; returns how many were answered.
int answer(Ask& ask, const Task<double>& task, int limit, double loss) {
  int answered = 0;
  while (task.running() && answered < limit) {
    if (ask.asked() == Asked::evaluate)
      ask.answer(Sample{ask.t(), loss, 0.0, 0.0, no_slot, true});
    else
      ask.answer(true);
    ++answered;
  }
  return answered;
}

}  // namespace

TEST_CASE("a task that is never started is destroyed without having run") {
  Counts counts;
  Ask ask;
  { const Task<double> task = outer(ask, counts, 3, false); }
  CHECK(counts.made == 0);
  CHECK(counts.destroyed == 0);
}

TEST_CASE("a nested task answers question by question and hands its value to the outer one") {
  Counts counts;
  Ask ask;
  {
    const Task<double> task = outer(ask, counts, 3, false);
    task.start();
    CHECK(ask.asked() == Asked::evaluate);
    CHECK(ask.t() == -1.0);
    CHECK(answer(ask, task, 100, 2.0) == 1 + 2 * (3 + 1));
    CHECK_FALSE(task.running());
    CHECK(task.result() == 2.0 * (1 + 2 * 3));
    CHECK(ask.evaluations() == 1 + 2 * 3);
  }
  CHECK(counts.made == 3);
  CHECK(counts.destroyed == 3);
}

TEST_CASE("a nested task that asks nothing returns at once") {
  Counts counts;
  Ask ask;
  const Task<double> task = outer(ask, counts, 0, false);
  task.start();
  CHECK(answer(ask, task, 100, 1.5) == 3);
  CHECK(task.result() == 1.5);
  CHECK(counts.made == 3);
  CHECK(counts.destroyed == 2 + 1);
}

TEST_CASE("a task can be dropped at every suspension and everything in its frames is destroyed once") {
  for (int answered = 0; answered <= 9; ++answered) {
    CAPTURE(answered);
    Counts counts;
    Ask ask;
    {
      Task<double> task = outer(ask, counts, 3, false);
      task.start();
      CHECK(answer(ask, task, answered, 1.0) == answered);
      task = {};
      CHECK_FALSE(task.running());
    }
    CHECK(counts.made > 0);
    CHECK(counts.made == counts.destroyed);
  }
}

TEST_CASE("an exception leaves a nested task through the outer one and is met where the result is asked for") {
  Counts counts;
  Ask ask;
  {
    const Task<double> task = outer(ask, counts, 2, true);
    task.start();
    CHECK(answer(ask, task, 100, 1.0) == 3);
    CHECK_FALSE(task.running());
    CHECK_THROWS_WITH_AS(static_cast<void>(task.result()), "the inner task failed", std::runtime_error);
  }
  CHECK(counts.made == 2);
  CHECK(counts.destroyed == 2);
}

TEST_CASE("a moved task goes on where it was") {
  Counts counts;
  Ask ask;
  Task<double> task = outer(ask, counts, 1, false);
  task.start();
  CHECK(answer(ask, task, 2, 1.0) == 2);
  Task<double> moved = std::move(task);
  CHECK(answer(ask, moved, 100, 1.0) == 3);
  CHECK(moved.result() == 3.0);
}

TEST_CASE("the gradient of a sample is kept over the next evaluation, in the spare row if it was nowhere else") {
  static constexpr Slot spare = 1;
  Ask ask;
  const auto search = [](Ask& asking) -> Task<double> {
    Sample now = co_await asking.at(3.0);
    CHECK(now.slot == spare);
    asking.keep(now);
    CHECK(now.slot == spare);
    now = co_await asking.at(4.0);
    CHECK(now.slot == caller_slot);
    asking.keep(now);
    CHECK(now.slot == spare);
    const Sample last = co_await asking.at(5.0);
    co_return 10.0 * now.t + last.slot;
  };
  ask.begin_line(spare);
  const Task<double> task = search(ask);
  task.start();
  bool copied = false;
  while (task.running()) {
    copied = ask.copy_due();
    ask.answer(Sample{ask.t(), 0.0, 0.0, 0.0, ask.next_slot(), true});
  }
  CHECK(copied);
  CHECK(task.result() == 10.0 * 4.0 + caller_slot);
}

TEST_CASE("numbers are reduced at once in one process, and by the caller where there are several") {
  for (const bool distributed : {false, true}) {
    Ask ask;
    ask.reset(distributed);
    const auto sum = [](Ask& asking) -> Task<double> {
      double added[] = {1.0, 2.0};
      double largest[] = {3.0};
      const Sums sums{added, 2, largest, 1};
      co_await asking.reduce(sums);
      co_return added[0] + added[1] + largest[0];
    };
    const Task<double> task = sum(ask);
    task.start();
    CHECK(task.running() == distributed);
    if (distributed) {
      CHECK(ask.asked() == Asked::reduce);
      CHECK(ask.sums().added_count == 2);
      CHECK(ask.sums().largest_count == 1);
      ask.sums().added[1] = 20.0;
      ask.sums().largest[0] = 300.0;
      ask.answer_reduced();
    }
    CHECK(task.result() == (distributed ? 321.0 : 6.0));
  }
}

TEST_CASE("a reset forgets the request and the count") {
  Counts counts;
  Ask ask;
  const Task<double> task = outer(ask, counts, 1, false);
  task.start();
  answer(ask, task, 100, 1.0);
  CHECK(ask.evaluations() == 3);
  ask.reset();
  CHECK(ask.evaluations() == 0);
  CHECK(ask.asked() == Asked::done);
}

}  // namespace lbfgs::test
