// What the line searches of a step have seen.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/ask/sample.hpp"

namespace lbfgs {

/// The trials of the last line, and the noise of the loss as far as it is known.
class Record {
public:
  /// The most trials that are kept. The last one is always among them.
  static constexpr int most = 32;

  /// Begins a step. relative_noise: the part of |loss| below which differences of losses are not trusted, >= 0.
  void begin_step(double relative_noise) {
    relative_noise_ = relative_noise;
    noise_found_ = largest_loss_ = 0.0;
    count_ = 0;
  }
  /// Begins a line at this sample.
  void begin_line(const Sample& start) {
    start_ = start;
    largest_loss_ = std::max(largest_loss_, std::abs(start.loss));
    count_ = 0;
  }
  void add(const Sample& trial) {
    count_ = std::min(count_ + 1, most);
    trials_[count_ - 1] = trial;
  }
  void find_noise(double noise) { noise_found_ = std::max(noise_found_, noise); }

  const Sample& start() const { return start_; }
  int count() const { return count_; }
  /// The trials in the order of their evaluation, those that are not finite included.
  const Sample& operator[](int index) const { return trials_[index]; }

  /// The noise of the loss on the line: differences of losses up to this size are not trusted.
  double noise() const { return std::max(relative_noise_ * std::abs(start_.loss), noise_found_); }
  double relative_noise() const { return relative_noise_; }
  /// The largest noise that a search of this step has measured; 0: none.
  double noise_found() const { return noise_found_; }
  /// The largest |loss| at which a line of this step began.
  double largest_loss() const { return largest_loss_; }

  /// The change of the loss from the start to the trial as the slopes have it, by the trapezoidal rule along the line
  /// between them.
  double integral(const Sample& trial) const {
    if (trial.bend.is_bent) return (trial.bend.start_product + trial.bend.end_product) / 2.0;
    return trial.t * (start_.slope + trial.slope) / 2.0;
  }
  /// The part of the change of the loss, from the start to the trial, that integral() does not account for.
  double residual(const Sample& trial) const { return trial.loss - start_.loss - integral(trial); }
  /// The power p of t by which the residuals of the shortest trials shrink. A smooth function has 3, a gradient that
  /// does not belong to the loss 1, noise 0. NaN: no two trials show it.
  double residual_order() const;
  /// Whether the residuals shrink as those of a gradient that does not belong to the loss.
  bool blames_gradient() const;
  /// The noise that the three shortest trials show: twice the median of their residuals. With r the ratio of the
  /// longest of the three steps to the shortest, they show none where r < 10, or where the residual of the shortest is
  /// below the largest of the three over sqrt(r); 0 is returned then. Trials that are not finite or unchanged do not
  /// count.
  double noise_of_shortest() const;
  /// Whether neither the loss nor the slope differs from that of the start: the step is lost in the rounding of x.
  bool is_unchanged(const Sample& trial) const { return trial.loss == start_.loss && trial.slope == start_.slope; }

private:
  double relative_noise_ = 0.0;
  double noise_found_ = 0.0;
  double largest_loss_ = 0.0;
  Sample start_;
  int count_ = 0;
  Sample trials_[most];
};

}  // namespace lbfgs
