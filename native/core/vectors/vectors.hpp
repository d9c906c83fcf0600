// The long vectors of one optimiser and every pass over them, on one device.
//
// A method (methods/lbfgs.cpp) is written in terms of these operations and never sees an entry, so it is the same code
// for float and double. Tentative vectors stay apart from committed ones: a direction is formed in a buffer of its own,
// and the history can take its last push back.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "core/types/dtype.hpp"
#include "core/types/index.hpp"
#include "core/types/region.hpp"
#include "core/types/slot.hpp"
#include "core/types/summary.hpp"
#include "core/vectors/parameters.hpp"

namespace lbfgs {

class Vectors {
public:
  virtual ~Vectors() = default;
  Vectors(const Vectors&) = delete;
  Vectors& operator=(const Vectors&) = delete;

  Parameters& parameters() { return parameters_; }
  Index size() const { return parameters_.size(); }
  /// The computing dtype.
  virtual Dtype dtype() const = 0;
  virtual std::size_t resident_bytes() const = 0;
  /// How many threads share the passes over long vectors, >= 1; no number depends on it.
  virtual void set_threads(int count) = 0;
  /// The owner of the helper threads, or null where none were started. The threads run as long as someone holds it.
  virtual std::shared_ptr<const void> helpers() const = 0;

  // The point. x is the last accepted one; in the course of a step the caller's arrays hold a trial x + t d, where d is
  // the direction formed last.
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
  /// As advance(), and d <- the move as x is rounded, so that x has moved by d to the bit.
  virtual void make_move(double t) = 0;
  /// The caller's arrays <- x.
  virtual void restore_point() = 0;
  /// Whether all of the caller's values are finite. To be called only while no direction is proposed: the values are
  /// read into the row for it.
  virtual bool arrays_finite() = 0;
  /// Replaces the region of vectors that were made for one (region_vectors). The arrays of the region outlive the
  /// vectors.
  virtual void set_region(const Region&) {}
  /// Whether bounds may stop entries on the way from x to x + t d.
  virtual bool has_bounds() const { return false; }
  /// The step after which no entry of x + t d moves any more; infinite unless bounds stop all of them.
  virtual double last_stop() const { return std::numeric_limits<double>::infinity(); }
  /// The longest first step of a line: where there are bounds, no entry goes further than half its way between them, or
  /// than max(1, |x_i|).
  virtual double longest_first_step() const { return std::numeric_limits<double>::infinity(); }

  // Gradients.
  /// The slot <- the caller's gradients; with caller_slot they are read and stay where they are. along_direction: the
  /// product is the slope along d, otherwise 0.
  virtual Summary read_gradient(Slot slot, bool along_direction) = 0;
  /// As read_gradient(), of the trial that was written last.
  virtual Reading read_trial(Slot slot, bool along_direction) { return {read_gradient(slot, along_direction), {}}; }
  /// The caller's gradients <- the slot.
  virtual void write_gradient(Slot slot) = 0;
  /// max|g|
  virtual double gradient_max(Slot slot) = 0;
  /// |g|_1
  virtual double gradient_norm1(Slot slot) = 0;
  /// The product v . v and max|v|, where v = d / scale. d is the direction formed last; scale is 1 or max|d|.
  virtual Summary direction_squares(double scale) = 0;
  /// The product v . v and max|v|, where v = x / scale. scale is 1 or max|x|.
  virtual Summary point_squares(double scale) = 0;
  /// sum |g_i x_i|, how much the loss changes per relative change in every entry of x.
  virtual double sensitivity(Slot slot) = 0;
  /// Whether every entry of g is a number of float32, as where a function computes in float32.
  virtual bool gradient_is_float32(Slot slot) = 0;
  /// d . g, with the committed d.
  virtual double slope(Slot g) = 0;

  // Proposals of an iteration.
  /// d <- -g. Returns the summary of d, with d . g as its product.
  virtual Summary steepest_descent(Slot g) = 0;
  /// d <- -H g. Returns the summary of d, with d . g as its product.
  virtual Summary quasi_newton(Slot g, double h_diag) = 0;
  /// d <- -D g, where D_i = x_i^2, or 1 where x_i = 0: steepest descent in relative changes of x. H0 begins anew as D.
  /// Returns the summary of d, with d . g as its product. To be called only where has_diagonal(), with an empty
  /// history.
  virtual Summary relative_descent(Slot g) = 0;
  /// Forms the pair s = t d (the committed d), y = g - g_before in the first `known` coordinates, 0 in the rest.
  /// Returns its products.
  virtual Curvature form_pair(double t, Slot g, Slot g_before, Index known) = 0;
  // Where several processes hold the vectors, the history has the compact recursion, and its products are combined.
  /// Sets whether several processes hold the vectors. To be called before there are pairs.
  void set_distributed(bool distributed) { distributed_ = distributed; }
  /// Allocates what the passes of a step need, so that none of them throws; stored: also what stored_products() needs.
  /// Throws OutOfMemory, std::bad_alloc.
  virtual void prepare_step(bool stored) = 0;
  /// The products of the stored pairs with each other over this process' part, for a reduction. The last sum and the
  /// two maxima are for the caller to fill in.
  virtual Sums stored_products() = 0;
  /// Takes over the combined numbers of stored_products(), and frees their memory. Where pairs are stored in a narrower
  /// type, those whose y . s is not positive and finite are left out.
  virtual void take_stored() = 0;
  /// Forms the products with g that the next direction lacks besides those of form_pair(), after a pair that was not
  /// taken. Returns whether it lacked any.
  virtual bool form_missing(Slot g) = 0;
  /// The products of this process' part that form_pair() or form_missing() has just formed.
  virtual Sums products() = 0;
  /// Takes over the combined numbers of products(). After form_pair(), returns the products of the pair.
  virtual Curvature take_combined() = 0;
  /// Adds the pair just formed to the history. The caller has decided that it is taken (PairPolicy).
  virtual void push_pair(const Curvature& curvature) = 0;
  virtual void clear_history() = 0;
  /// The direction formed last and the history as proposed become the committed ones.
  virtual void commit() = 0;
  virtual void roll_back() = 0;

  // The committed history.
  virtual Index history_size() const = 0;
  virtual Index history_capacity() const = 0;
  virtual Dtype history_dtype() const = 0;
  /// Whether H0 is learnt from the pairs (resize_history).
  virtual bool has_diagonal() const = 0;
  /// Makes a history of this capacity, and keeps the newest pairs that fit, stored as `stored`, or as the computing
  /// dtype where that is narrower. diagonal: H0 is a diagonal matrix that is learnt from the pairs, where it predicts
  /// them better than gamma I. Returns false, and does nothing, where the history is like that already. Throws
  /// OutOfMemory and leaves everything as it was.
  virtual bool resize_history(Index capacity, Dtype stored, bool diagonal = false) = 0;
  /// Throws OutOfMemory where resize_history() would.
  virtual void check_history(Index capacity, Dtype stored) = 0;

  // Copies of the caller's arrays, so that another thread may run the core while the arrays change.
  /// The entries [at, at + size) of the copied values and gradients <- the caller's. The first call allocates the
  /// copies; throws OutOfMemory.
  virtual void fetch(Index at, Index size, bool values, bool gradients) = 0;
  /// The entries [at, at + size) of the caller's values <- the copies.
  virtual void deliver(Index at, Index size) = 0;
  /// From now on every pass uses the copies in place of the caller's arrays.
  virtual void use_copies() = 0;
  /// Back to the caller's arrays. Returns whether copied values have been written, which deliver() then takes over.
  virtual bool use_arrays() = 0;

  // The vectors of a state dict: arrays of size() entries of dtype().
  virtual void export_point(void* out) const = 0;
  virtual void export_direction(void* out) const = 0;
  virtual void export_gradient(Slot slot, void* out) const = 0;
  /// The committed pair of this age, 0 the oldest; returns its rho.
  virtual double export_pair(Index age, void* s, void* y) const = 0;
  /// The first `count` entries of x.
  virtual void import_point(const void* in, Index count) = 0;
  virtual void import_direction(const void* in) = 0;
  virtual void import_gradient(Slot slot, const void* in) = 0;
  /// Allocates what import_pair() needs. Throws OutOfMemory.
  virtual void prepare_import() = 0;
  virtual void import_pair(const void* s, const void* y, double rho) = 0;
  /// Takes over the vectors of an optimiser of fewer parameters: its x, its committed direction, its gradient in
  /// `slot`, which goes to slot 0, and its pairs become the first entries of these. The other entries become 0; those
  /// of x stay. Throws OutOfMemory.
  virtual void extend(const Vectors& from, Slot slot) = 0;

protected:
  explicit Vectors(Parameters parameters) : parameters_(std::move(parameters)) {}
  bool distributed() const { return distributed_; }

private:
  Parameters parameters_;
  bool distributed_ = false;
};

}  // namespace lbfgs
