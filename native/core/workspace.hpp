// The long vectors of one optimiser and every pass over them.
//
// The algorithm (lbfgs.cpp) is written in terms of these operations and never sees an entry, so it is the same code for
// float and double. What is tentative stays apart from what is committed: the direction is formed in a buffer of its
// own, and the history can take its last push back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "history.hpp"
#include "parameters.hpp"
#include "sample.hpp"

namespace lbfgs {

/// What one pass over a gradient finds.
struct GradientSummary {
  double slope;  ///< g . d
  double max;    ///< max|g|
  bool finite;   ///< every entry is
};

/// What is asked of a direction once it is formed.
struct DirectionSummary {
  double slope;  ///< g . d
  double max;    ///< max|d|
  bool finite;   ///< every entry is
};

/// Four gradients: the committed prev_flat_grad, the one at x, and two for trials.
inline constexpr Slot slot_count = 4;

/// Two slots that are neither `a` nor `b`.
std::array<Slot, 2> slots_besides(Slot a, Slot b);

class Workspace {
public:
  virtual ~Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// The computing dtype: float64 unless every parameter is float32.
  static std::unique_ptr<Workspace> create(Parameters parameters, Index history_size);

  Parameters& parameters() { return parameters_; }
  Index size() const { return parameters_.size(); }
  virtual Dtype dtype() const = 0;
  virtual std::size_t resident_bytes() const = 0;

  // The point. x is the last accepted one; in the course of a step the caller's arrays hold a trial x + t d, d the
  // direction formed last.
  /// x <- the caller's arrays. Returns whether all of it is finite.
  virtual bool read_point() = 0;
  /// The caller's arrays <- x + t d, rounded to their dtype. Returns whether all of it is finite.
  virtual bool write_trial(double t) = 0;
  /// Whether the caller's arrays hold x + t d to the bit.
  virtual bool holds_trial(double t) const = 0;
  /// x <- x + t d, and the caller's arrays with it.
  virtual void advance(double t) = 0;
  /// The caller's arrays <- x.
  virtual void restore_point() = 0;

  // Gradients.
  /// The slot <- the caller's gradients. along_direction: with the slope along d, else the slope is 0.
  virtual GradientSummary read_gradient(Slot slot, bool along_direction) = 0;
  /// The caller's gradients <- the slot.
  virtual void write_gradient(Slot slot) const = 0;
  /// max|g|
  virtual double gradient_max(Slot slot) const = 0;
  /// |g|_1
  virtual double gradient_norm1(Slot slot) const = 0;

  // Proposals of an iteration.
  /// d <- -g
  virtual DirectionSummary steepest_descent(Slot g) = 0;
  /// d <- -H g
  virtual DirectionSummary quasi_newton(Slot g, double h_diag) = 0;
  /// Forms s = t d (the committed d), y = g - g_before in the first `known` coordinates, 0 in the rest.
  virtual Curvature form_pair(double t, Slot g, Slot g_before, Index known) = 0;
  /// Whether the pair just formed is taken.
  virtual bool push_pair(const Curvature& curvature) = 0;
  virtual void clear_history() = 0;
  /// The direction formed last and the history as proposed become torch's state.
  virtual void commit() = 0;
  virtual void roll_back() = 0;

  // The committed history.
  virtual Index history_size() const = 0;
  virtual Index history_capacity() const = 0;
  /// Keeps the newest pairs that fit. Throws OutOfMemory and leaves everything as it was.
  virtual void resize_history(Index capacity) = 0;

  // In and out of a state dict; arrays of size() entries of dtype().
  virtual void export_point(void* out) const = 0;
  virtual void export_direction(void* out) const = 0;
  virtual void export_gradient(Slot slot, void* out) const = 0;
  virtual double export_pair(Index age, void* s, void* y) const = 0;
  /// The first `count` entries of x.
  virtual void import_point(const void* in, Index count) = 0;
  virtual void import_direction(const void* in) = 0;
  virtual void import_gradient(Slot slot, const void* in) = 0;
  virtual void import_pair(const void* s, const void* y, double rho) = 0;

protected:
  explicit Workspace(Parameters parameters) : parameters_(std::move(parameters)) {}
  Parameters parameters_;
};

}  // namespace lbfgs
