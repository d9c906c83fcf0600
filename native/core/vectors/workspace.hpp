// The long vectors of one optimiser and every pass over them.
//
// The algorithm (lbfgs.cpp) is written in terms of these operations and never sees an entry, so it is the same code for
// float and double. What is tentative stays apart from what is committed: the direction is formed in a buffer of its
// own, and the history can take its last push back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/parameters.hpp"
#include "core/ask/sample.hpp"
#include "core/vectors/cpu/staging.hpp"

namespace lbfgs {

/// Three gradients have a row: the committed prev_flat_grad, the one at x, and one for a trial.
inline constexpr Slot row_count = 3;
/// The gradient that is still in the caller's arrays, and nowhere else.
inline constexpr Slot caller_slot = row_count;

/// The first row that is neither `a` nor `b`.
constexpr Slot row_besides(Slot a, Slot b) {
  for (Slot slot = 0; slot < row_count; ++slot) {
    if (slot != a && slot != b) return slot;
  }
  return no_slot;
}

class Workspace {
public:
  virtual ~Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// The computing dtype is float64 unless every parameter is float32. History: see
  /// resize_history(). Directions come from the faster recursion unless one is named.
  static std::unique_ptr<Workspace> create(Parameters parameters, Index history_size,
                                           Dtype history_dtype = Dtype::float64,
                                           std::optional<Recursion> recursion = {});

  Parameters& parameters() { return parameters_; }
  Index size() const { return parameters_.size(); }
  virtual Dtype dtype() const = 0;
  std::size_t resident_bytes() const { return own_bytes() + (staging_ ? staging_->bytes() : 0); }
  /// How many threads share the passes over long vectors, >= 1; nothing else depends on it.
  void set_threads(int count) { chunks_.set_threads(count); }
  /// What keeps the threads that helped, if any did: whoever holds it spares the next workspace to start its own.
  const std::shared_ptr<const void>& helpers() const { return chunks_.helpers(); }

  // The point. x is the last accepted one; in the course of a step the caller's arrays hold a trial x + t d, d the
  // direction formed last.
  /// x <- the caller's arrays. Returns whether all of it is finite.
  virtual bool read_point() = 0;
  /// The caller's arrays <- x + t d, rounded to their dtype. Returns whether all of it is finite.
  virtual bool write_trial(double t) = 0;
  /// Whether the caller's arrays hold x + t d to the bit.
  virtual bool holds_trial(double t) = 0;
  /// Whether any entry of x + t d, rounded to the caller's dtype, is further than `least` from that of x. Stops at the
  /// first one that is.
  virtual bool moves(double t, double least) const = 0;
  /// x <- x + t d, and the caller's arrays with it unless that trial was the last one written to them.
  virtual void advance(double t) = 0;
  /// The caller's arrays <- x.
  virtual void restore_point() = 0;

  // Away from the caller's arrays: between think_apart() and come_back() every pass sees the copies in staging()
  // instead, so that another thread may run the core.
  /// Makes the copies, if there are none yet. Throws OutOfMemory.
  Staging& staging();
  void think_apart() {
    arrays_ = &staging_->views();
    data_written_ = false;
  }
  /// Returns whether the copied values have been written, and are to be delivered.
  bool come_back() {
    arrays_ = &parameters_;
    return data_written_;
  }

  // Gradients.
  /// The slot <- the caller's gradients; with caller_slot they are read and stay where they are. along_direction: with
  /// the slope along d as its product, else the product is 0.
  virtual Summary read_gradient(Slot slot, bool along_direction) = 0;
  /// The caller's gradients <- the slot.
  virtual void write_gradient(Slot slot) = 0;
  /// max|g|
  virtual double gradient_max(Slot slot) = 0;
  /// |g|_1
  virtual double gradient_norm1(Slot slot) = 0;

  /// The committed d . g.
  virtual double slope(Slot g) = 0;

  // Proposals of an iteration.
  /// d <- -g; of d, and d . g.
  virtual Summary steepest_descent(Slot g) = 0;
  /// d <- -H g; of d, and d . g.
  virtual Summary quasi_newton(Slot g, double h_diag) = 0;
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
  virtual Dtype history_dtype() const = 0;
  /// Keeps the newest pairs that fit, stored as `stored`, or as the computing dtype where that is narrower. Throws
  /// OutOfMemory and leaves everything as it was.
  virtual void resize_history(Index capacity, Dtype stored) = 0;

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
  explicit Workspace(Parameters parameters) : parameters_(std::move(parameters)), chunks_(parameters_.size()) {}
  virtual std::size_t own_bytes() const = 0;

  /// What the passes look at: the caller's arrays, or their copies.
  const Parameters& arrays() const { return *arrays_; }

  Parameters parameters_;  // the caller's
  Chunks chunks_;
  bool data_written_ = false;  // since think_apart()

private:
  const Parameters* arrays_ = &parameters_;
  std::unique_ptr<Staging> staging_;
};

}  // namespace lbfgs
