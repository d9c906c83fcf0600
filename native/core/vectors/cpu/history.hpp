// The curvature pairs and the direction they give.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/recursion/recursion.hpp"
#include "core/types/dtype.hpp"
#include "core/types/summary.hpp"
#include "core/vectors/cpu/chunks.hpp"

namespace lbfgs {

/// The faster form for `capacity` pairs of n entries.
Recursion recursion_for(Index n, Index capacity);

/// What the next pair is made of: s = t d and y = g - g_before in the first `known` coordinates, 0 in the rest.
template <class T>
struct Move {
  double t;
  const T* d;
  const T* g;
  const T* g_before;
  Index known;
};

/// The newest `capacity` pairs (s, y), each n entries; rho = 1 / (y . s) in double.
///
/// form(), push() and clear() are proposals: direction() uses them, read() ignores them until commit(), and roll_back()
/// drops them. There is at most one push between two commits. Until then a history may keep the new pair as pointers to
/// the vectors of its move, so these must not change before commit().
///
/// Memory: 2 capacity rows of n, 2 more where pairs are formed in their rows (pairs.hpp), reserved at once, resident
/// only as far as they have been written; products of the pairs with each other (Recursion); for T = float a row or
/// chunks of double; two rows of double where H0 is learnt.
template <class T>
class History {
public:
  virtual ~History() = default;
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Of pairs stored as `stored`, which is not wider than T. diagonal: H0 is learnt (diagonal.hpp). The compact form
  /// cannot use such an H0, so the two-loop recursion is taken, on one thread, however long the vectors are. n >= 1,
  /// capacity >= 1. `chunks` are those of n entries and outlive it. Throws OutOfMemory.
  static std::unique_ptr<History> create(Index capacity, Dtype stored, Recursion recursion, Index n, Chunks& chunks,
                                         bool diagonal = false);

  /// The bytes of a history without a learnt H0, once it is full, where `threads` threads share the passes.
  static double full_bytes(Index capacity, Dtype stored, Recursion recursion, Index n, int threads);

  virtual Index size() const = 0;
  virtual Index capacity() const = 0;
  virtual Dtype stored() const = 0;
  /// Whether H0 is learnt (diagonal.hpp).
  virtual bool has_diagonal() const { return false; }
  virtual std::size_t resident_bytes() const = 0;

  /// The committed pair of this age, 0 the oldest, into n entries each; returns its rho.
  virtual double read(Index age, T* s, T* y) const = 0;
  /// Allocates what append() needs. Throws OutOfMemory.
  virtual void prepare_append() = 0;
  /// Adds and commits a pair with this rho. Where pairs are stored in a narrower type than T, rho is computed from the
  /// stored vectors, and a pair whose y . s is not positive and finite is left out. is_part: the vectors are one
  /// process' part of a pair, so take_stored() does that once it has the combined y . s.
  virtual void append(const T* s, const T* y, double rho, bool is_part = false) = 0;

  /// Forms the next pair and returns its products.
  virtual Curvature form(const Move<T>& move) = 0;
  // See Vectors. Only a history of the compact form has products to combine.
  virtual bool form_missing(const T*) { return false; }
  virtual Sums products() { return {}; }
  virtual Curvature take_combined() { return {}; }
  virtual void prepare_step(bool) {}
  virtual Sums stored_products() { return {}; }
  virtual void take_stored() {}
  /// Proposes the pair just formed, whose y . s is positive; the oldest pair goes when the history is full.
  virtual void push(const Curvature& curvature) = 0;
  /// Proposes to forget all pairs.
  virtual void clear() = 0;
  virtual void commit() = 0;
  virtual void roll_back() = 0;

  /// d <- -H g, where H is the L-BFGS inverse Hessian with H0 = h_diag I, or with the diagonal matrix that has been
  /// learnt. Returns the summary of d, with d . g as its product. d and g do not overlap. After form(), g is the
  /// gradient of the move.
  virtual Summary direction(double h_diag, const T* g, T* d) = 0;
  /// See Vectors. Does nothing where H0 is not learnt.
  virtual Summary relative_descent(const T*, const T*, T*) { return {}; }

protected:
  History() = default;
};

}  // namespace lbfgs
