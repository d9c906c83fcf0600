// The compact form of the direction, for long vectors: the pairs are read twice, whatever their number.
#pragma once

#include <algorithm>
#include <vector>

#include "core/vectors/cpu/compact_numbers.hpp"
#include "core/vectors/cpu/pairs.hpp"
#include "core/vectors/cpu/scratch.hpp"

namespace lbfgs {

/// Forming a pair reads all other pairs once, for their products with g and with the new y. The recursion runs on
/// numbers (compact_numbers.hpp), and a second pass over the pairs combines the vectors. The time is that of the memory
/// traffic, so the new pair is computed again, chunk by chunk, wherever it is needed, and stored only when it is
/// committed.
template <class T, class H>
class CompactHistory final : public Pairs<T, H> {
public:
  CompactHistory(Index capacity, Index n, Chunks& chunks)
      : Pairs<T, H>(n, capacity, capacity),
        chunks_(chunks),
        numbers_(capacity),
        partial_(static_cast<std::size_t>(std::max<Index>(1, chunks.count()) * 4 * capacity)) {}

  /// The bytes of all this once the history is full, where `workers` threads share the passes.
  static double full_bytes(Index capacity, Index n, int workers) {
    const Index length = chunk_length(n);
    const double scratches = static_cast<double>(std::min<Index>(workers, (n + length - 1) / length));
    return Storage<H>::bytes_of(2 * capacity, n) + scratches * Scratch<T, H>::bytes_of(length) +
           CompactNumbers::full_bytes(capacity);
  }
  std::size_t resident_bytes() const override {
    std::size_t bytes = Pairs<T, H>::resident_bytes();
    for (const Scratch<T, H>& worker : workers_) bytes += worker.bytes();
    return bytes;
  }

  void prepare_append() override {
    Pairs<T, H>::prepare_append();
    prepare_workers();
  }
  Curvature form(const Move<T>& move) override {
    move_ = move;
    // The oldest pair of a full history is dropped if the new pair is taken. Its products are left to form_missing().
    unmeasured_ = committed_.size == capacity_ ? 1 : 0;
    const Window all{committed_.first + unmeasured_, committed_.size - unmeasured_ + 1};
    const Index rows = 2 * all.size;
    prepare_workers();
    chunks_.sums(2 * rows, partial_, [&](Index at, Index size, int worker, double* out) {
      const Pair next = new_pair(worker);
      form_chunk(at, size, next);
      this->pair_.two_dots(list_rows(all, true, at, worker), rows, move_.g + at, next.y, size, out, out + rows);
    });
    measured_ = all;
    is_formed_ = true;
    return take_combined();
  }

  void prepare_step(bool stored) override {
    prepare_workers();
    if (!stored) return;
    const auto size = static_cast<std::size_t>(committed_.size);
    stored_.resize(size * size + (narrows ? size : 0) + 3);
    ages_.resize(size);
  }
  Sums stored_products() override {
    const Index size = committed_.size;
    double* out = numbers_.write(committed_, stored_.data());
    if constexpr (narrows) {
      for (Index age = 0; age < size; ++age) *out++ = this->appended_curvature(age);
    }
    return {stored_.data(), out + 1 - stored_.data(), out + 1, 2};
  }
  void take_stored() override {
    const double* const ys = stored_.data() + committed_.size * committed_.size;
    Index kept = 0;
    for (Index age = 0; age < committed_.size; ++age) {
      if constexpr (narrows) {
        if (!this->can_hold(ys[age])) continue;
        this->move_pair(age, kept, ys[age]);
      }
      ages_[static_cast<std::size_t>(kept++)] = age;
    }
    committed_.size = unmeasured_ = kept;
    proposed_ = committed_;
    numbers_.read(committed_, ages_.data(), stored_.data());
    std::vector<double>().swap(stored_);
  }

  bool form_missing(const T* g) override {
    const Index dropped = proposed_.first - committed_.first;
    if (unmeasured_ <= dropped) return false;
    const Window missing{proposed_.first, unmeasured_ - dropped};
    const Index rows = 2 * missing.size;
    prepare_workers();
    chunks_.sums(rows, partial_, [&](Index at, Index size, int worker, double* out) {
      this->pair_.dots(list_rows(missing, false, at, worker), rows, g + at, size, out);
    });
    measured_ = missing;
    is_formed_ = false;
    take_combined();
    unmeasured_ = dropped;
    return true;
  }
  Sums products() override { return {partial_.data(), (is_formed_ ? 4 : 2) * measured_.size, nullptr, 0}; }
  Curvature take_combined() override {
    numbers_.take_with_g(measured_, partial_.data());
    if (!is_formed_) return {};
    return numbers_.take_with_y(measured_, partial_.data() + 2 * measured_.size);
  }

  void push(const Curvature& curvature) override {
    Pairs<T, H>::push(curvature);
    numbers_.add_newest(proposed_);
  }

  void commit() override {
    if (pending_) {
      const Index row = this->used(this->newest_row());
      H* const s = this->s_.row(row);
      H* const y = this->y_.row(row);
      chunks_.each([&](Index at, Index size, int) { store_chunk(at, size, {s + at, y + at}); });
    }
    Pairs<T, H>::commit();
    unmeasured_ = committed_.size;
  }
  void roll_back() override {
    Pairs<T, H>::roll_back();
    unmeasured_ = committed_.size;
  }

  Summary direction(double h_diag, const T* g, T* d) override {
    const Index size = proposed_.size;
    if (size == 0) {
      return chunks_.summary(
          [&](Index at, Index count, int) { return this->vector_.steepest(h_diag, g + at, d + at, count); });
    }
    form_missing(g);
    unmeasured_ = committed_.size;
    // The terms may be larger than their sum by many orders of magnitude. Added in the order of the two loops, they
    // lose no more digits than the two loops do.
    const double* const factors = numbers_.factors(proposed_, this->rho_.row(0), h_diag);
    prepare_workers();
    return chunks_.summary([&](Index at, Index count, int worker) {
      if (pending_) form_chunk(at, count, new_pair(worker));
      double* const sum = worker_of(worker).sum(d + at);
      const H* const* const rows = list_rows(proposed_, pending_, at, worker);
      this->pair_.combine(-h_diag, g + at, rows, factors, 2 * size - 1, sum, count, nullptr);
      return this->pair_.finish(1.0, rows + 2 * size - 1, factors + 2 * size - 1, 1, sum, g + at, d + at, count);
    });
  }

private:
  using Pairs<T, H>::capacity_;
  using Pairs<T, H>::committed_;
  using Pairs<T, H>::n_;
  using Pairs<T, H>::narrows;
  using Pairs<T, H>::pending_;
  using Pairs<T, H>::proposed_;

  struct Pair {
    H* s;
    H* y;
  };
  void prepare_workers() {
    const Index workers = std::min<Index>(chunks_.workers(), chunks_.count());
    while (static_cast<Index>(workers_.size()) < workers) workers_.emplace_back(capacity_, chunks_.length());
  }
  Scratch<T, H>& worker_of(int worker) { return workers_[static_cast<std::size_t>(worker)]; }
  // A chunk of the pair just formed.
  Pair new_pair(int worker) { return {worker_of(worker).pair.row(0), worker_of(worker).pair.row(1)}; }

  void form_chunk(Index at, Index size, const Pair& pair) const {
    const Index known = std::clamp<Index>(move_.known - at, 0, size);
    std::fill(pair.s + known, pair.s + size, H(0));
    std::fill(pair.y + known, pair.y + size, H(0));
    this->pair_.form(move_.t, move_.d + at, move_.g + at, move_.g_before + at, pair.s, pair.y, known);
  }
  // Long rows are not in the caches any more when they are read again, so they are written by non-temporal stores.
  void store_chunk(Index at, Index size, const Pair& pair) const {
    constexpr std::size_t long_row = std::size_t{4} << 20;
    if (move_.known < at + size || static_cast<std::size_t>(n_) * sizeof(H) < long_row) {
      form_chunk(at, size, pair);
    } else {
      this->pair_.write_past_caches(move_.t, move_.d + at, move_.g + at, move_.g_before + at, pair.s, pair.y, size);
    }
  }

  // The rows of these pairs from entry `at` on, in the order in which the two loops meet them: the y from the newest
  // to the oldest, then the s from the oldest to the newest. with_new: the newest pair is the one just formed.
  const H* const* list_rows(const Window& window, bool with_new, Index at, int worker) {
    const H** const s = worker_of(worker).rows.data() + window.size;
    const Index stored = with_new ? window.size - 1 : window.size;
    for (Index age = 0; age < stored; ++age) {
      const Index row = this->row(window, age);
      s[age] = this->s_.row(row) + at;
      s[-1 - age] = this->y_.row(row) + at;
    }
    if (with_new) {
      const Pair pair = new_pair(worker);
      s[stored] = pair.s;
      s[-1 - stored] = pair.y;
    }
    return s - window.size;
  }

  // Forms the products of the pair just appended with the older pairs.
  void appended() override {
    const Index rows = 2 * proposed_.size;
    const H* const y = this->y_.row(this->newest_row());
    prepare_workers();
    const double* const with_y = chunks_.sums(rows, partial_, [&](Index at, Index size, int worker, double* out) {
      this->pair_.stored_dots(list_rows(proposed_, false, at, worker), rows, y + at, size, out);
    });
    numbers_.take_with_y(proposed_, with_y);
    numbers_.add_newest(proposed_);
    unmeasured_ = proposed_.size;
  }

  Chunks& chunks_;
  CompactNumbers numbers_;
  Move<T> move_{};               // the pair just formed
  Index unmeasured_ = 0;         // how many of the oldest committed pairs have no products with the new g yet
  Window measured_;              // the pairs whose products are in partial_
  bool is_formed_ = false;       // partial_ is of form(), not of form_missing()
  std::vector<double> partial_;  // the numbers of a pass, by chunk
  std::vector<double> stored_;   // the products of the stored pairs, during their reduction
  std::vector<Index> ages_;      // the ages of the pairs that take_stored() keeps
  std::vector<Scratch<T, H>> workers_;
};

// Compiled in compact.cpp.
extern template class CompactHistory<float, float>;
extern template class CompactHistory<double, float>;
extern template class CompactHistory<double, double>;

}  // namespace lbfgs
