// The operations of Vectors in the memory of this machine, for one computing type.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/caller_arrays.hpp"
#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"
#include "core/vectors/cpu/norms.hpp"
#include "core/vectors/cpu/staging.hpp"
#include "core/vectors/cpu/take_over.hpp"
#include "core/vectors/vectors.hpp"

namespace lbfgs {

inline constexpr double no_trial = std::numeric_limits<double>::quiet_NaN();

/// x and the gradients are rows of T; the history keeps the pairs.
template <class T>
class TypedVectors : public Vectors {
public:
  /// The gradients, x, and two directions.
  static constexpr Index rows_in_all = row_count + 3;

  /// The vectors have no history until resize_history().
  TypedVectors(Parameters parameters, std::optional<Recursion> recursion)
      : Vectors(std::move(parameters)),
        chunks_(size()),
        vector_(kernels<VectorKernels<T>>(size())),
        recursion_(recursion),
        rows_(rows_in_all, size()),
        x_(rows_.row(row_count)),
        committed_(rows_.row(row_count + 1)),
        d_(rows_.row(row_count + 1)) {}

  Dtype dtype() const override { return dtype_of<T>; }
  std::size_t resident_bytes() const override {
    return rows_.bytes() + history_->resident_bytes() + (copies_ ? copies_->bytes() : 0);
  }
  void set_threads(int count) override { chunks_.set_threads(count); }
  std::shared_ptr<const void> helpers() const override { return chunks_.helpers(); }

  bool read_point() override {
    written_t_ = no_trial;
    return read_values(x_);
  }
  bool arrays_finite() override { return read_values(scratch()); }

  bool write_trial(double t) override {
    written_t_ = t;
    data_written_ = true;
    return chunks_.all([&](Index at, Index size, int) { return arrays_.write_trial(at, size, x_, t, d_); });
  }

  bool holds_trial(double t) override {
    const bool same = chunks_.all([&](Index at, Index size, int) { return arrays_.hold_trial(at, size, x_, t, d_); });
    if (same) written_t_ = t;
    return same;
  }

  bool moves(double t, double least) const override { return arrays_.would_move(0, size(), x_, t, d_, least); }

  void advance(double t) override {
    if (t != written_t_) write_trial(t);
    written_t_ = no_trial;
    chunks_.each([&](Index at, Index size, int) { arrays_.advance(at, size, x_, t, d_); });
  }

  void make_move(double t) override {
    if (t != written_t_) write_trial(t);
    written_t_ = no_trial;
    chunks_.each([&](Index at, Index size, int) { arrays_.make_move(at, size, x_, t, d_); });
  }

  void restore_point() override {
    written_t_ = no_trial;
    data_written_ = true;
    chunks_.each([&](Index at, Index size, int) { arrays_.write_values(at, size, x_); });
  }

  Summary read_gradient(Slot slot, bool along_direction) override {
    T* const g = slot == caller_slot ? nullptr : rows_.row(slot);
    if (g == nullptr) prepare_gathering();
    return chunks_.summary([&](Index at, Index size, int worker) {
      T* const gathered = g == nullptr ? gathered_[static_cast<std::size_t>(worker)].row(0) : nullptr;
      return arrays_.read_gradients(at, size, g, gathered, along_direction ? d_ : nullptr);
    });
  }

  void write_gradient(Slot slot) override {
    chunks_.each([&](Index at, Index size, int) { arrays_.write_gradients(at, size, rows_.row(slot)); });
  }

  double gradient_max(Slot slot) override { return squares(chunks_, vector_, rows_.row(slot), size(), 1.0).max; }
  double gradient_norm1(Slot slot) override { return norm1(chunks_, vector_, rows_.row(slot)); }
  Summary direction_squares(double scale) override { return squares(chunks_, vector_, d_, size(), scale); }
  Summary point_squares(double scale) override { return squares(chunks_, vector_, x_, size(), scale); }
  double sensitivity(Slot slot) override { return absolute_dot(chunks_, rows_.row(slot), x_); }
  bool gradient_is_float32(Slot slot) override { return is_float32(rows_.row(slot), size()); }
  double slope(Slot slot) override { return dot(chunks_, vector_, committed_, rows_.row(slot)); }

  Summary steepest_descent(Slot slot) override {
    d_ = scratch();
    const T* const g = rows_.row(slot);
    return chunks_.summary([&](Index at, Index size, int) { return vector_.steepest(1.0, g + at, d_ + at, size); });
  }
  Summary quasi_newton(Slot g, double h_diag) override {
    d_ = scratch();
    return history_->direction(h_diag, rows_.row(g), d_);
  }
  Summary relative_descent(Slot g) override {
    d_ = scratch();
    return history_->relative_descent(x_, rows_.row(g), d_);
  }
  Curvature form_pair(double t, Slot g, Slot g_before, Index known) override {
    return history_->form({t, committed_, rows_.row(g), rows_.row(g_before), known});
  }
  void prepare_step(bool stored) override {
    prepare_gathering();
    history_->prepare_step(stored);
  }
  Sums stored_products() override { return history_->stored_products(); }
  void take_stored() override { history_->take_stored(); }
  bool form_missing(Slot g) override { return history_->form_missing(rows_.row(g)); }
  Sums products() override { return history_->products(); }
  Curvature take_combined() override { return history_->take_combined(); }
  void push_pair(const Curvature& curvature) override { history_->push(curvature); }
  void clear_history() override { history_->clear(); }
  void commit() override {
    history_->commit();  // first: the pair that it stores is made of the old direction
    committed_ = d_;
  }
  void roll_back() override {
    d_ = committed_;
    written_t_ = no_trial;
    history_->roll_back();
  }

  Index history_size() const override { return history_->size(); }
  Index history_capacity() const override { return history_->capacity(); }
  Dtype history_dtype() const override { return history_->stored(); }
  bool has_diagonal() const override { return history_->has_diagonal(); }
  bool resize_history(Index capacity, Dtype stored, bool diagonal) override {
    std::unique_ptr<History<T>> resized = other_history(capacity, stored, diagonal);
    if (!resized) return false;
    if (history_) take_newest_pairs(*history_, size(), distributed(), *resized);
    history_ = std::move(resized);
    return true;
  }
  void check_history(Index capacity, Dtype stored) override { other_history(capacity, stored, false); }

  void fetch(Index at, Index size, bool values, bool gradients) override {
    if (!copies_) copies_ = std::make_unique<Staging>(parameters(), dtype());
    if (values) copies_->fetch_data(parameters(), at, size);
    if (gradients) copies_->fetch_gradients(parameters(), at, size);
  }
  void deliver(Index at, Index size) override { copies_->deliver_data(parameters(), at, size); }
  void use_copies() override {
    arrays_.use(copies_->views());
    data_written_ = false;
  }
  bool use_arrays() override {
    arrays_.use(parameters());
    return data_written_;
  }

  void export_point(void* out) const override { copy(x_, out); }
  void export_direction(void* out) const override { copy(committed_, out); }
  void export_gradient(Slot slot, void* out) const override { copy(rows_.row(slot), out); }
  double export_pair(Index age, void* s, void* y) const override {
    return history_->read(age, static_cast<T*>(s), static_cast<T*>(y));
  }
  void import_point(const void* in, Index count) override { std::copy_n(static_cast<const T*>(in), count, x_); }
  void import_direction(const void* in) override {
    d_ = committed_;
    copy(in, d_);
  }
  void import_gradient(Slot slot, const void* in) override { copy(in, rows_.row(slot)); }
  void prepare_import() override { history_->prepare_append(); }
  void import_pair(const void* s, const void* y, double rho) override {
    history_->append(static_cast<const T*>(s), static_cast<const T*>(y), rho, distributed());
  }
  void extend(const Vectors& from, Slot slot) override { extend_from<T>(from, slot, *this); }

protected:
  virtual std::unique_ptr<History<T>> make_history(Index capacity, Dtype stored, bool diagonal) {
    const Recursion recursion = recursion_.value_or(recursion_for(size(), capacity));
    return History<T>::create(capacity, stored, recursion, size(), chunks_, diagonal);
  }

  T* scratch() const { return rows_.row(committed_ == rows_.row(row_count + 1) ? row_count + 2 : row_count + 1); }

  CallerArrays<T> arrays_{parameters()};  // the caller's arrays, or their copies
  bool data_written_ = false;             // into the copies, since use_copies()
  Chunks chunks_;
  const VectorKernels<T>& vector_;
  std::optional<Recursion> recursion_;
  Storage<T> rows_;
  std::unique_ptr<History<T>> history_;
  T* x_;
  T* committed_;
  T* d_;                         // the direction formed last
  double written_t_ = no_trial;  // the t of the x + t d that the caller's arrays hold

private:
  // Makes an empty history for these arguments; returns null where the present history has the same ones.
  std::unique_ptr<History<T>> other_history(Index capacity, Dtype wanted, bool diagonal) {
    const Dtype stored = dtype() == Dtype::float32 ? Dtype::float32 : wanted;
    if (history_ && history_->capacity() == capacity && history_->stored() == stored &&
        history_->has_diagonal() == diagonal) {
      return nullptr;
    }
    return make_history(capacity, stored, diagonal);
  }

  void prepare_gathering() {
    while (gathered_.size() < static_cast<std::size_t>(chunks_.workers())) gathered_.emplace_back(1, chunks_.length());
  }
  // to <- the caller's arrays. Returns whether all of it is finite.
  bool read_values(T* to) {
    return chunks_.all([&](Index at, Index size, int) {
      arrays_.read_values(at, size, to);
      return vector_.summarise(to + at, size).finite;
    });
  }
  void copy(const void* from, void* to) const { std::copy_n(static_cast<const T*>(from), size(), static_cast<T*>(to)); }

  std::unique_ptr<Staging> copies_;
  std::vector<Storage<T>> gathered_;  // a chunk for each worker
};

}  // namespace lbfgs
