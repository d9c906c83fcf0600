// What later methods and engines build on: the table of line searches, their limits, the policy for pairs, reductions.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "core/line_search/line_search.hpp"
#include "core/line_search/strong_wolfe.hpp"
#include "core/optimizer.hpp"
#include "core/types/pair_policy.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "driver.hpp"

namespace lbfgs::test {

TEST_CASE("a line search is found by its place among the options") {
  const NamedSearch& wolfe = line_searches[static_cast<int>(LineSearch::strong_wolfe) - 1];
  CHECK(wolfe.name == std::string_view("strong_wolfe"));
  CHECK((wolfe.search == &strong_wolfe));
}

TEST_CASE("no trial is longer than t_max, and a loss that falls all the way ends there") {
  for (const NamedSearch& each : line_searches) {
    for (const double t_max : {0.25, 1.0, 3.0, 1e6}) {
      CAPTURE(each.name);
      CAPTURE(t_max);
      Ask ask;
      ask.begin_line(1);
      Limits limits;
      limits.t_max = t_max;
      const Sample start{0.0, 0.0, -1.0, 1.0, 0, true};
      Record record;
      record.begin_line(start);
      limits.record = &record;
      const Task<Sample> task = each.search(ask, start, 1.0, limits);
      task.start();
      while (task.running()) {
        CHECK(ask.t() <= t_max);
        const Sample trial{ask.t(), -ask.t(), -1.0, 1.0, ask.next_slot(), true};
        record.add(trial);
        ask.answer(trial);
      }
      CHECK(task.result().t == t_max);
    }
  }
}

TEST_CASE("no search makes more trials than max_trials after the first one") {
  for (const NamedSearch& each : line_searches) {
    for (const int max_trials : {0, 1, 7}) {
      Ask ask;
      ask.begin_line(1);
      Limits limits;
      limits.max_trials = max_trials;
      const Sample start{0.0, 0.0, -1.0, 1.0, 0, true};
      Record record;
      record.begin_line(start);
      limits.record = &record;
      const Task<Sample> task = each.search(ask, start, 1.0, limits);
      task.start();
      while (task.running()) {
        const Sample trial{ask.t(), ask.t(), 1.0, 1.0, ask.next_slot(), true};
        record.add(trial);
        ask.answer(trial);
      }
      CHECK(ask.evaluations() <= max_trials + 1);
      CHECK(task.result().t == 0.0);
    }
  }
}

TEST_CASE("a pair is taken by an absolute or by a relative bound") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const PairPolicy absolute;
  CHECK(absolute.takes({2e-10, 1.0}, 1e300));
  CHECK_FALSE(absolute.takes({1e-10, 1e-10}, 0.0));
  const PairPolicy relative = PairPolicy::relative_to_slope();
  CHECK(relative.takes({1e-20, 1e-20}, 1e-5));
  CHECK_FALSE(relative.takes({1e-20, 1e-20}, 1e-4));
  CHECK_FALSE(relative.takes({0.0, 1.0}, 0.0));
  for (const PairPolicy& policy : {absolute, relative}) {
    CHECK_FALSE(policy.takes({-1.0, 1.0}, 0.0));
    CHECK_FALSE(policy.takes({infinity, 1.0}, 0.0));
    CHECK_FALSE(policy.takes({nan, 1.0}, 0.0));
    CHECK_FALSE(policy.takes({1.0, nan}, 0.0));
    CHECK_FALSE(policy.takes({1e-9, infinity}, 0.0));
  }
}

TEST_CASE("the policy among the options decides about pairs") {
  Driver taken(rosenbrock_start, rosenbrock);
  Driver refused(rosenbrock_start, rosenbrock);
  Options options = options_for(LineSearch::strong_wolfe, 5);
  taken.step(options);
  options.pair_policy.least = 1e300;
  refused.step(options);
  CHECK(taken.snapshot().s.size() == 4);
  CHECK(refused.snapshot().s.empty());
}

}  // namespace lbfgs::test
