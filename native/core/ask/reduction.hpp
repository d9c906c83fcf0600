// What processes combine where each of them holds a part of the parameters.
//
// A process finds sums, maxima and flags of its own part. Once they are combined in the order of the processes, all
// processes hold the same numbers, and so all take the same decisions.
#pragma once

#include <cmath>

#include "core/ask/sample.hpp"
#include "core/types/summary.hpp"

namespace lbfgs {

/// Room for the numbers of one finding.
struct Numbers {
  double added[3];
  double largest[5];
};

/// A direction of steepest descent, and |g|_1.
struct Descent {
  Summary d;
  double norm1;
};
/// A direction of steepest descent in a whole solve, and the sums of squares of the direction and of the point, with
/// their largest entries.
struct Steepest {
  Summary d;
  Summary d_squares;
  Summary x_squares;
};
/// The sums of squares of the direction and of the point, after division by a scale of each.
struct Scaled {
  double d;
  double x;
};
/// The numbers that say how much the rounding of x changes the loss.
struct Rounding {
  double sensitivity;  ///< sum |g_i x_i|
  bool is_float32;     ///< the loss and the gradient are numbers of float32
};
/// A maximum of positive numbers.
struct Largest {
  double value;
};
/// A move whose point is not evaluated.
struct Unevaluated {
  bool finite;
  Progress progress;
};
/// An evaluation. holds_trial counts for the first evaluation of a step only: whether the caller's arrays hold the last
/// move of the previous step.
struct Evaluation {
  Sample sample;
  bool holds_trial;
};

// For each kind of finding, sums_of() writes it as numbers and take() reads the combined ones. A flag that must hold in
// all processes is the maximum of its negation.

inline double is_not(bool flag) { return flag ? 0.0 : 1.0; }

inline Sums sums_of(const Sums& sums, Numbers&) { return sums; }
inline void take(const Numbers&, const Sums&) {}

inline Sums sums_of(double sum, Numbers& numbers) {
  numbers.added[0] = sum;
  return {numbers.added, 1, nullptr, 0};
}
inline void take(const Numbers& numbers, double& sum) { sum = numbers.added[0]; }

inline Sums sums_of(Largest largest, Numbers& numbers) {
  numbers.largest[0] = largest.value;
  return {nullptr, 0, numbers.largest, 1};
}
inline void take(const Numbers& numbers, Largest& largest) { largest.value = numbers.largest[0]; }

inline Sums sums_of(const Summary& summary, Numbers& numbers) {
  numbers.added[0] = summary.product;
  numbers.largest[0] = summary.max;
  numbers.largest[1] = is_not(summary.finite);
  return {numbers.added, 1, numbers.largest, 2};
}
inline void take(const Numbers& numbers, Summary& summary) {
  summary = {numbers.added[0], numbers.largest[0], numbers.largest[1] == 0.0};
}

inline Sums sums_of(const Descent& descent, Numbers& numbers) {
  Sums sums = sums_of(descent.d, numbers);
  numbers.added[1] = descent.norm1;
  sums.added_count = 2;
  return sums;
}
inline void take(const Numbers& numbers, Descent& descent) {
  take(numbers, descent.d);
  descent.norm1 = numbers.added[1];
}

inline Sums sums_of(const Steepest& steepest, Numbers& numbers) {
  sums_of(steepest.d, numbers);
  numbers.added[1] = steepest.d_squares.product;
  numbers.added[2] = steepest.x_squares.product;
  numbers.largest[2] = steepest.d_squares.max;
  numbers.largest[3] = steepest.x_squares.max;
  return {numbers.added, 3, numbers.largest, 4};
}
inline void take(const Numbers& numbers, Steepest& steepest) {
  take(numbers, steepest.d);
  steepest.d_squares = {numbers.added[1], numbers.largest[2]};
  steepest.x_squares = {numbers.added[2], numbers.largest[3]};
}

inline Sums sums_of(const Scaled& scaled, Numbers& numbers) {
  numbers.added[0] = scaled.d;
  numbers.added[1] = scaled.x;
  return {numbers.added, 2, nullptr, 0};
}
inline void take(const Numbers& numbers, Scaled& scaled) { scaled = {numbers.added[0], numbers.added[1]}; }

inline Sums sums_of(const Rounding& rounding, Numbers& numbers) {
  numbers.added[0] = rounding.sensitivity;
  numbers.largest[0] = is_not(rounding.is_float32);
  return {numbers.added, 1, numbers.largest, 1};
}
inline void take(const Numbers& numbers, Rounding& rounding) {
  rounding = {numbers.added[0], numbers.largest[0] == 0.0};
}

inline Sums sums_of(const Unevaluated& move, Numbers& numbers) {
  numbers.largest[0] = is_not(move.finite);
  numbers.largest[1] = is_not(!move.progress.moved);
  numbers.largest[2] = is_not(!move.progress.far);
  return {nullptr, 0, numbers.largest, 3};
}
inline void take(const Numbers& numbers, Unevaluated& move) {
  move.finite = numbers.largest[0] == 0.0;
  move.progress = {numbers.largest[1] != 0.0, numbers.largest[2] != 0.0};
}

inline Sums sums_of(const Evaluation& evaluation, Numbers& numbers) {
  const Sample& sample = evaluation.sample;
  sums_of(Unevaluated{sample.finite, sample.progress}, numbers);
  numbers.largest[3] = sample.grad_max;
  numbers.largest[4] = is_not(evaluation.holds_trial);
  numbers.added[0] = sample.loss;
  numbers.added[1] = sample.slope;
  return {numbers.added, 2, numbers.largest, 5};
}
inline void take(const Numbers& numbers, Evaluation& evaluation) {
  Sample& sample = evaluation.sample;
  Unevaluated move{};
  take(numbers, move);
  sample.progress = move.progress;
  sample.grad_max = numbers.largest[3];
  evaluation.holds_trial = numbers.largest[4] == 0.0;
  sample.loss = numbers.added[0];
  sample.slope = numbers.added[1];
  sample.finite = move.finite && std::isfinite(sample.loss) && std::isfinite(sample.slope);
}

}  // namespace lbfgs
