// Line searches that failed, captured by `onFailure` or NODE_DEBUG=lbfgs (lib/step/search-failure.ts), played again.
//
// To add one: keep the JSON as a file of test/golden/searches and name it below, with what it is to show.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/line_search/line_search.hpp"
#include "golden.hpp"

namespace lbfgs::test {
namespace {

constexpr double not_finite = std::numeric_limits<double>::quiet_NaN();

struct Captured {
  NamedSearch search;
  double first_trial = 0.0;
  Limits limits;
  double relative_noise = 0.0;
  double noise_found = 0.0;
  double largest_loss = 0.0;
  std::vector<Sample> samples;  // the start, then the trials in their order
};

double loss_of(const Json& value) { return value.is_null() ? not_finite : value.get<double>(); }

Captured captured(const std::string& name) {
  const Json json = read_json("searches/" + name + ".json");
  Captured all;
  for (const NamedSearch& each : line_searches) {
    if (each.name == json["lineSearch"].get<std::string>()) all.search = each;
  }
  all.limits.max_trials = json["limits"]["maxTrials"];
  all.limits.t_max = json["limits"]["tMax"];
  all.limits.d_max = json["limits"]["dMax"];
  all.relative_noise = json["noise"]["relative"];
  all.noise_found = json["noise"]["found"];
  all.largest_loss = json["noise"]["largestLoss"];
  const auto add = [&](const Json& trial) {
    const double loss = loss_of(trial["loss"]);
    const double slope = loss_of(trial["slope"]);
    all.samples.push_back({trial["t"], loss, slope, 1.0, 0, std::isfinite(loss) && std::isfinite(slope)});
  };
  add(json["start"]);
  for (const Json& trial : json["trials"]) add(trial);
  all.first_trial = all.samples[1].t;
  return all;
}

// What was measured at t, or between two samples what the cubic through both says. Beyond a sample that is not finite
// nothing is.
Sample at(const Captured& line, double t) {
  const Sample* left = nullptr;
  const Sample* right = nullptr;
  for (const Sample& each : line.samples) {
    if (each.t == t) return each;
    if (each.t < t && (left == nullptr || each.t > left->t)) left = &each;
    if (each.t > t && (right == nullptr || each.t < right->t)) right = &each;
  }
  if (!left->finite || (right != nullptr && !right->finite)) return {t, not_finite, not_finite, 1.0, 0, false};
  if (right == nullptr) return {t, left->loss + (t - left->t) * left->slope, left->slope, 1.0, 0, true};
  const double h = right->t - left->t;
  const double u = (t - left->t) / h;
  const double rise = (right->loss - left->loss) / h;
  const double curve = left->slope + right->slope - 2.0 * rise;
  const double slope = left->slope + u * (2.0 * (rise - left->slope - curve) + 3.0 * u * curve);
  const double loss = left->loss + h * u * (left->slope + u * (rise - left->slope - curve + u * curve));
  return {t, loss, slope, 1.0, 0, true};
}

struct Replay {
  std::vector<double> trials;
  Sample found;
  Record record;
};

Replay play(const Captured& line) {
  Replay replay;
  Ask ask;
  ask.begin_line(1);
  replay.record.begin_step(line.relative_noise);
  Sample largest;
  largest.loss = line.largest_loss;
  replay.record.begin_line(largest);
  const Sample& start = line.samples.front();
  replay.record.begin_line(start);
  Limits limits = line.limits;
  limits.record = &replay.record;
  const Task<Sample> task = line.search.search(ask, start, line.first_trial, limits);
  task.start();
  while (task.running()) {
    Sample sample = at(line, ask.t());
    sample.slot = ask.next_slot();
    replay.trials.push_back(sample.t);
    replay.record.add(sample);
    ask.answer(sample);
  }
  replay.found = task.result();
  return replay;
}

}  // namespace

TEST_CASE("a captured line search goes again as it went, and fails again") {
  for (const char* const name : {"wrong-gradient", "one-wrong-sign", "wall"}) {
    CAPTURE(std::string(name));
    const Captured line = captured(name);
    const Replay replay = play(line);
    REQUIRE(replay.trials.size() == line.samples.size() - 1);
    for (std::size_t i = 0; i < replay.trials.size(); ++i) CHECK(replay.trials[i] == line.samples[i + 1].t);
    CHECK(replay.found.t == 0.0);
  }
}

TEST_CASE("a captured search that failed in noise larger than the loss goes on by the slopes") {
  const Captured line = captured("noise-absolute");
  const Replay replay = play(line);
  CHECK(replay.trials.size() < 10);
  CHECK(replay.found.t > 0.0);
  CHECK(std::abs(replay.found.slope) <= 0.8 * std::abs(line.samples.front().slope));
  CHECK(replay.record.noise_found() >= 2e-5);
  CHECK(replay.record.noise_found() <= 4e-5);
}

TEST_CASE("the residuals of a captured search name the cause") {
  for (const char* const name : {"wrong-gradient", "one-wrong-sign"}) {
    CHECK(play(captured(name)).record.residual_order() == doctest::Approx(1.0).epsilon(0.3));
  }
  CHECK(play(captured("noise-relative")).record.noise_found() ==
        doctest::Approx(captured("noise-relative").noise_found));
}

}  // namespace lbfgs::test
