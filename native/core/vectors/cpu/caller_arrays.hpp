// The caller's arrays, as entries [at, at + size) of one flat vector.
#pragma once

#include <Eigen/Core>
#include <cmath>

#include "core/vectors/cpu/kernels/instruction_set.hpp"
#include "core/vectors/parameters.hpp"

namespace lbfgs {

/// Reads and writes the values and the gradients of all parameters, converted between the dtypes of their arrays and
/// the computing type T. x, d and g are the first entries of whole vectors. Every function works on the entries
/// [at, at + size) alone, so that threads can share a pass. Values that are out of reach are not written.
template <class T>
class CallerArrays {
public:
  explicit CallerArrays(const Parameters& arrays) : arrays_(&arrays) {}
  /// Replaces the arrays by others of the same sizes and dtypes.
  void use(const Parameters& arrays) { arrays_ = &arrays; }
  const Parameters& used() const { return *arrays_; }

  /// x <- the values; values that are out of reach count as zeros.
  void read_values(Index at, Index size, T* x) const {
    arrays_->for_each_piece(
        at, size, [&](const Piece& piece) { gather(piece.view.dtype, piece.view.data, piece, x + piece.at); });
  }

  /// The values <- x.
  void write_values(Index at, Index size, const T* x) const {
    for_each_value_piece(at, size, [&]<class E>(const Piece& piece, E* values) {
      Write<E>(values, piece.size) = Read<T>(x + piece.at, piece.size).template cast<E>();
    });
  }

  /// The values <- x + t d; returns whether all of it is finite.
  bool write_trial(Index at, Index size, const T* x, double t, const T* d) const {
    bool finite = true;
    for_each_value_piece(at, size, [&]<class E>(const Piece& piece, E* values) {
      finite = kernels_of<E>().move(x + piece.at, t, d + piece.at, values, piece.size) && finite;
    });
    return finite;
  }

  /// Whether the values are x + t d to the bit.
  bool hold_trial(Index at, Index size, const T* x, double t, const T* d) const {
    bool same = true;
    for_each_value_piece(at, size, [&]<class E>(const Piece& piece, E* values) {
      const auto trial = Read<T>(x + piece.at, piece.size) + static_cast<T>(t) * Read<T>(d + piece.at, piece.size);
      same = same && (Read<E>(values, piece.size) == trial.template cast<E>()).all();
    });
    return same;
  }

  /// Whether any entry of x + t d, rounded to its dtype, is further than `least` from that of x.
  bool would_move(Index at, Index size, const T* x, double t, const T* d, double least) const {
    bool found = false;
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      with_type(piece.view.dtype, [&](auto entry) {
        using E = decltype(entry);
        for (Index i = piece.at; i < piece.at + piece.size && !found; ++i) {
          const double to = static_cast<E>(x[i] + static_cast<T>(t) * d[i]);
          found = std::abs(to - static_cast<double>(static_cast<E>(x[i]))) > least;
        }
      });
    });
    return found;
  }

  /// x <- x + t d, rounded to the dtype of each value.
  void advance(Index at, Index size, T* x, double t, const T* d) const {
    for_each_value_piece(at, size, [&]<class E>(const Piece& piece, E*) {
      kernels_of<E>().advance(x + piece.at, t, d + piece.at, piece.size);
    });
  }

  /// As advance(), and d <- the change in x.
  void make_move(Index at, Index size, T* x, double t, T* d) const {
    for_each_value_piece(at, size, [&]<class E>(const Piece& piece, E*) {
      for (Index i = piece.at; i < piece.at + piece.size; ++i) {
        const T before = x[i];
        x[i] = static_cast<T>(static_cast<E>(before + static_cast<T>(t) * d[i]));
        d[i] = x[i] - before;
      }
    });
  }

  /// Returns the summary of the gradients, with their product with d unless d is null. g <- the gradients, unless g is
  /// null; then `gathered` has room for the entries. Gradients that are null count as zeros. Entries of several arrays
  /// are gathered first, so that sums do not depend on how the vector is cut into parameters.
  Summary read_gradients(Index at, Index size, T* g, T* gathered, const T* d) const {
    Summary found;
    T* const kept = g != nullptr ? g + at : nullptr;
    T* const to = g != nullptr ? kept : gathered;
    const T* const along = d != nullptr ? d + at : nullptr;
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      if (piece.size == size && piece.view.grad != nullptr) {
        with_type(piece.view.grad_dtype, [&](auto entry) {
          using E = decltype(entry);
          const E* const grad = static_cast<const E*>(piece.view.grad) + piece.from;
          found = kernels_of<E>().read(grad, kept, along, size);
        });
        return;
      }
      gather(piece.view.grad_dtype, piece.view.grad, piece, to + (piece.at - at));
      if (piece.at + piece.size == at + size) found = kernels_of<T>().read(to, nullptr, along, size);
    });
    return found;
  }

  /// The gradients <- g; those that are null stay null.
  void write_gradients(Index at, Index size, const T* g) const {
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      if (piece.view.grad == nullptr) return;
      with_type(piece.view.grad_dtype, [&](auto entry) {
        using E = decltype(entry);
        Write<E>(static_cast<E*>(piece.view.grad) + piece.from, piece.size) =
            Read<T>(g + piece.at, piece.size).template cast<E>();
      });
    });
  }

private:
  template <class E>
  using Read = Eigen::Map<const Eigen::Array<E, Eigen::Dynamic, 1>>;
  template <class E>
  using Write = Eigen::Map<Eigen::Array<E, Eigen::Dynamic, 1>>;

  template <class E>
  const CallerKernels<T, E>& kernels_of() const {
    return kernels<CallerKernels<T, E>>(arrays_->size());
  }

  // Calls work(piece, values) for the pieces whose values can be reached; `values` has the type of their entries and
  // points at the first of the piece.
  template <class Work>
  void for_each_value_piece(Index at, Index size, Work&& work) const {
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      if (piece.view.data == nullptr) return;
      with_type(piece.view.dtype,
                [&](auto entry) { work(piece, static_cast<decltype(entry)*>(piece.view.data) + piece.from); });
    });
  }

  // to <- the piece of the array, converted; zeros where the array is null.
  static void gather(Dtype dtype, const void* array, const Piece& piece, T* to) {
    Write<T> out(to, piece.size);
    if (array == nullptr) {
      out.setZero();
      return;
    }
    with_type(dtype, [&](auto entry) {
      using E = decltype(entry);
      out = Read<E>(static_cast<const E*>(array) + piece.from, piece.size).template cast<T>();
    });
  }

  const Parameters* arrays_;
};

}  // namespace lbfgs
