#include "core/line_search/noise_tolerant.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/line_search/bracket.hpp"
#include "core/line_search/record.hpp"

namespace lbfgs {
namespace {

constexpr double c1 = 1e-4;
constexpr double c2 = 0.8;              // torch has 0.9, which takes 6 % more evaluations on test/problems/collection
constexpr double c2_bends = 0.9;        // between bounds, where it takes 2 % fewer (test/problems/collection/bounded)
constexpr double bracket_width = 1e-9;  // relative to the right end
// The bounds of a plateau: |s| relative to |s0|, and the decrease of the loss relative to t |s0|. s0 is the slope at
// the start, s that at the trial; a quadratic decreases by half of t |s0| at its minimum.
constexpr double plateau_slope = 1e-2;
constexpr double plateau_decrease = 0.03;

double halfway(double from, double to) { return from + (to - from) / 2.0; }

// A sample whose `loss` is what the search compares: the measured loss, or the number that judge() puts in its place.
struct Trial : Sample {
  double measured = 0.0;  // the loss itself

  Sample sample() const {
    Sample plain = *this;
    plain.loss = measured;
    return plain;
  }
};

// The comparisons of the samples of a record.
class Line {
public:
  Line(Record& record, bool bends)
      : record_(record), start_(record.start()), bends_(bends), c2_(bends ? c2_bends : c2) {}

  Trial judge(const Sample& sample) const {
    Trial trial{sample, sample.loss};
    const double noise = record_.noise();
    const double change = record_.integral(sample);
    const bool is_noise = std::abs(sample.loss - start_.loss) <= noise && std::abs(change) <= noise;
    if (!sample.finite) return trial;
    if (is_noise) {
      trial.loss = start_.loss + change;
    } else if (is_on_plateau(sample)) {
      trial.loss = start_.loss;
    }
    return trial;
  }
  // Whether the function is flat at the trial although the loss has fallen by little of what the slope at the start
  // promises: the line has left the valley and crossed to where the function hardly depends on x.
  bool is_on_plateau(const Sample& sample) const {
    const bool hardly_falls = sample.loss > start_.loss + plateau_decrease * sample.t * start_.slope;
    const bool falls = sample.t > 0.0 && sample.loss < start_.loss;
    return falls && hardly_falls && !sample.bend.is_bent && std::abs(sample.slope) <= -plateau_slope * start_.slope;
  }

  // c1 times the change of the loss that the slope at the start promises.
  double promise(const Sample& trial) const {
    return trial.bend.is_bent ? c1 * trial.bend.start_product : c1 * trial.t * start_.slope;
  }
  bool decreases(const Sample& trial) const { return trial.loss <= start_.loss + promise(trial); }
  // Beyond a bend phi need not have a minimum: a slope that is not steep is enough there.
  bool is_flat(const Sample& trial) const {
    return trial.bend.is_bent ? trial.slope >= c2_ * start_.slope : std::abs(trial.slope) <= -c2_ * start_.slope;
  }
  // The shortest trial after `now` while there is no bracket. Between bounds phi may be flat for long, and turn at the
  // next bend.
  double longer(const Trial& before, const Trial& now) const {
    return bends_ ? 2.0 * now.t : now.t + 0.01 * (now.t - before.t);
  }
  // Whether the search has to shorten a trial of a bracket with this low end.
  bool is_too_long(const Trial& trial, const Trial& low) const { return !decreases(trial) || trial.loss >= low.loss; }
  // Whether the trial is too long, but differs from the start by rounding alone, so that no shorter one is of use.
  bool is_lost(const Trial& trial, const Trial& low) const {
    return is_too_long(trial, low) && record_.is_unchanged(trial.sample());
  }
  bool accepts(const Trial& trial) const { return trial.t > 0.0 && decreases(trial) && is_flat(trial); }
  bool improves(const Trial& trial) const { return trial.t > 0.0 && trial.measured < start_.loss; }

  // Whether the last trial shows that losses are noisier than is known so far. Then the new level is recorded. The
  // trial has to contradict its slope, and its residual must have shrunk by less than the square root of the step,
  // which is slower than any smooth function (t^3) and a wrong gradient (t) allow. A longer trial whose residual is
  // large beside the loss proves nothing: there the function itself bends.
  bool finds_noise() {
    const int last = record_.count() - 1;
    if (noise_found_ || last < 1) return false;
    const Sample& trial = record_[last];
    const double enough = promise(trial);
    const bool contradicts = trial.loss - start_.loss > enough && record_.integral(trial) <= enough;
    if (!contradicts) return false;
    const double size = std::abs(record_.residual(trial));
    const double most = std::max(1e-3 * std::abs(start_.loss), 1e-12 * record_.largest_loss());
    for (int i = 0; i < last; ++i) {
      if (!record_[i].finite) continue;
      const double shorter = trial.t / record_[i].t;
      const double before = std::abs(record_.residual(record_[i]));
      if (shorter <= 0.5 && size >= std::sqrt(shorter) * before && before <= most) {
        record_.find_noise(2.0 * std::max(size, before));
        noise_found_ = true;
        return true;
      }
    }
    return false;
  }

  // The acceptable trial with the lowest loss as the search compares it; t = 0: there is none.
  Sample best_acceptable() const {
    Trial best{start_, start_.loss};
    for (int i = 0; i < record_.count(); ++i) {
      const Trial trial = judge(record_[i]);
      const bool is_best = best.t == 0.0 || trial.loss < best.loss;
      if (trial.finite && accepts(trial) && is_best) best = trial;
    }
    return best.sample();
  }
  // The tightest bracket that the trials so far give: its low end is the lowest of them, its high end the next one in
  // the direction in which the loss falls there. Where there is no such trial, the bracket so far, judged anew.
  Bracket<Trial> tightest_bracket(const Bracket<Trial>& so_far) const {
    Trial low = judge(start_);
    for (int i = 0; i < record_.count(); ++i) {
      const Trial trial = judge(record_[i]);
      if (trial.finite && trial.loss < low.loss) low = trial;
    }
    const double ahead = low.slope < 0.0 ? 1.0 : -1.0;
    Trial high = low;
    const auto consider = [&](const Sample& sample) {
      const double distance = ahead * (sample.t - low.t);
      const bool is_nearer = high.t == low.t || distance < ahead * (high.t - low.t);
      if (sample.finite && distance > 0.0 && is_nearer) high = judge(sample);
    };
    consider(start_);
    for (int i = 0; i < record_.count(); ++i) consider(record_[i]);
    if (high.t != low.t) return {{low, high}, 0};
    return Bracket<Trial>::of(judge(so_far.ends[0].sample()), judge(so_far.ends[1].sample()));
  }
  // After a failed search: the trial with the lowest loss below the start's, or else the best acceptable one if the
  // shortest trials show noise; t = 0: there is none. These are so short that only noise leaves residuals there.
  Sample last_resort() {
    Sample best = start_;
    for (int i = 0; i < record_.count(); ++i) {
      if (record_[i].finite && record_[i].loss < best.loss) best = record_[i];
    }
    if (best.t > 0.0) return best;
    record_.find_noise(record_.noise_of_shortest());
    return record_.noise_found() > 0.0 ? best_acceptable() : start_;
  }

private:
  Record& record_;
  const Sample start_;
  const bool bends_;
  const double c2_;
  bool noise_found_ = false;
};

}  // namespace

Task<Sample> noise_tolerant(Ask& ask, Sample start, double t, Limits limits) {
  Line line(*limits.record, limits.bends);
  std::int64_t trials = 0;                                // after the first one
  double wall = std::numeric_limits<double>::infinity();  // the shortest step whose sample is not finite

  // Bracketing phase: lengthen the step until an acceptable point is reached or passed.
  Trial before = line.judge(start);  // the last finite trial before `now`
  t = std::min(t, limits.t_max);
  ask.keep(before);
  Sample evaluated = co_await ask.at(t);
  Trial now = line.judge(evaluated);
  bool passed = false;
  bool blocked = false;  // the wall or t_max leaves no longer step to try
  while (trials < limits.max_trials) {
    if (!now.finite) {
      wall = now.t;
      t = halfway(before.t, now.t);
      blocked = !(t > before.t * (1.0 + 1e-12)) || t == now.t;
      if (blocked) break;
    } else {
      passed = !line.decreases(now) || (trials > 1 && now.loss >= before.loss);
      if (!passed && line.is_flat(now)) co_return now.sample();
      passed = passed || now.slope >= 0.0;
      if (passed) break;
      const double least = std::min(line.longer(before, now), limits.t_max);
      t = cubic_minimiser(before, now, least, std::min(10.0 * now.t, limits.t_max));
      blocked = now.t >= limits.t_max || (t >= wall && now.t >= wall / 2.0);
      if (blocked) break;
      if (t >= wall) t = halfway(now.t, wall);
      before = now;
    }
    ask.keep(before);
    evaluated = co_await ask.at(t);
    now = line.judge(evaluated);
    ++trials;
  }
  if (!passed) {
    const Trial& last = now.finite ? now : before;
    co_return line.accepts(last) || line.improves(last) ? last.sample() : start;
  }

  // Zoom phase: narrow the bracket around an acceptable point.
  Bracket<Trial> bracket = Bracket<Trial>::of(before, now);
  Trial kept = before;  // the other trial, besides `now`, whose gradient is still stored
  Sample chosen = start;
  bool hugged = false;
  for (;;) {
    if (line.finds_noise()) {
      chosen = line.best_acceptable();
      if (chosen.t > 0.0) break;
      bracket = line.tightest_bracket(bracket);
    }
    const bool is_narrow = bracket.right() - bracket.left() <= bracket_width * bracket.right();
    t = trial_within(bracket, hugged);
    if (trials >= limits.max_trials || is_narrow || t == bracket.left() || t == bracket.right()) break;
    if (bracket.low().t == now.t) {
      ask.keep(bracket.low());
      kept = bracket.low();
    }
    evaluated = co_await ask.at(t);
    now = line.judge(evaluated);
    ++trials;
    while (!now.finite && trials < limits.max_trials) {
      t = halfway(bracket.low().t, t);
      evaluated = co_await ask.at(t);
      now = line.judge(evaluated);
      ++trials;
    }
    if (!now.finite || line.is_lost(now, bracket.low())) break;
    if (line.is_too_long(now, bracket.low())) {
      bracket.replace_high(now);
      continue;
    }
    if (line.is_flat(now)) co_return now.sample();
    bracket.replace_low(now);
  }

  // The trial that was chosen, with its gradient.
  if (chosen.t == 0.0) chosen = line.last_resort();
  if (chosen.t == 0.0) co_return start;
  if (chosen.t == now.t) co_return now.sample();
  if (chosen.t == kept.t) co_return kept.sample();
  if (trials >= limits.max_trials) co_return line.improves(kept) ? kept.sample() : start;
  const Sample again = co_await ask.at(chosen.t);
  co_return again.finite ? again : start;
}

}  // namespace lbfgs
