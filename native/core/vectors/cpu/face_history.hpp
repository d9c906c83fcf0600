// The direction on a face of a region, from the pairs cut down to the free entries.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/recursion/gram.hpp"
#include "core/vectors/cpu/column_changes.hpp"
#include "core/vectors/cpu/face.hpp"
#include "core/vectors/cpu/pairs.hpp"

namespace lbfgs {

/// d = -H g on the free entries and 0 on the others, where H is made of the pairs cut down to the free entries: the
/// two-metric projection (Bertsekas 1982; Schmidt, Kim & Sra, "Projected Newton-type methods in machine learning",
/// 2011) with the matrix of the free entries instead of a part of the inverse of all.
///
/// The form is that of compact.hpp: forming a pair reads all pairs once, for the products over the free entries with
/// the new y and with the gradient. The products of the pairs with each other are updated for the entries that have
/// become free or stopped being free (column_changes.hpp). Pairs whose s.y over the free entries is small beside y.y
/// are not used (is_curved).
template <class H>
class FaceHistory final : public Pairs<double, H> {
public:
  FaceHistory(Index capacity, Index n, Chunks& chunks, Face& face)
      : Pairs<double, H>(n, capacity, capacity + 1),
        chunks_(chunks),
        face_(face),
        gram_(capacity + 1),
        was_free_(static_cast<std::size_t>(n)),
        own_(static_cast<std::size_t>(capacity + 1)),
        products_(static_cast<std::size_t>(capacity + 1)),
        factors_(static_cast<std::size_t>(2 * capacity)) {}

  std::size_t resident_bytes() const override {
    return Pairs<double, H>::resident_bytes() + was_free_.size() + (partial_.size() + changes_.size()) * sizeof(double);
  }

  Curvature form(const Move<double>& move) override {
    is_formed_ = true;
    return measure(move.g, &move);
  }
  void push(const Curvature& curvature) override {
    Pairs<double, H>::push(curvature);
    const std::size_t newest = newest_position();
    own_[newest] = next_own_;
    products_[newest] = next_;
    positions_.clear();
    for (Index age = 0; age + 1 < proposed_.size; ++age) {
      positions_.push_back(static_cast<Index>(this->position(proposed_, age)));
    }
    gram_.put(static_cast<Index>(newest), products_.data(), positions_);
  }
  void clear() override {
    Pairs<double, H>::clear();
    is_formed_ = false;
  }

  Summary direction(double h_diag, const double* g, double* d) override {
    face_.prepare(chunks_.workers());
    if (!std::exchange(is_formed_, false)) measure(g, nullptr);
    // The pairs that are used, the oldest first, and the scale of the newest of them.
    positions_.clear();
    ages_.clear();
    for (Index age = 0; age < proposed_.size; ++age) {
      const std::size_t at = this->position(proposed_, age);
      if (!is_curved(own_[at], h_diag)) continue;
      positions_.push_back(static_cast<Index>(at));
      ages_.push_back(age);
      rho_.row(0)[at] = 1.0 / own_[at].ys;
    }
    const double gamma = positions_.empty() ? h_diag : own_[static_cast<std::size_t>(positions_.back())].scale();
    const Index count = static_cast<Index>(ages_.size());
    if (count > 0) gram_.solve(positions_, rho_.row(0), gamma, products_.data(), factors_.data());
    prepare_workers();
    face_.line = chunks_.total<RegionLine>([&](Index at, Index size, int worker) {
      const Face::View view = face_.look(at, size, worker, g);
      if (count == 0) {
        this->vector_.steepest(gamma, view.slopes, d + at, size);
      } else {
        const H** const rows = worker_of(worker).rows.data();
        for (Index k = 0; k < count; ++k) {
          const Index row = this->row(proposed_, ages_[static_cast<std::size_t>(k)]);
          rows[count + k] = this->s_.row(row) + at;
          rows[count - 1 - k] = this->y_.row(row) + at;
        }
        this->pair_.combine(-gamma, view.slopes, rows, factors_.data(), 2 * count, d + at, size, nullptr);
      }
      return face_.settle(at, size, view, d);
    });
    return face_.line.d;
  }

private:
  using Pairs<double, H>::capacity_;
  using Pairs<double, H>::committed_;
  using Pairs<double, H>::n_;
  using Pairs<double, H>::proposed_;
  using Pairs<double, H>::rho_;

  static constexpr Index most_groups = 64;  // of chunks, each with changes of its own

  // Scratch space of a worker in a pass.
  struct Worker {
    Worker(Index pairs, Index length)
        : rows(static_cast<std::size_t>(2 * pairs)), new_y(1, length), changes(pairs, length) {}

    std::vector<const H*> rows;
    Storage<H> new_y;  // over the free entries
    ColumnChanges<H> changes;
  };
  void prepare_workers() {
    while (workers_.size() < static_cast<std::size_t>(chunks_.workers())) {
      workers_.emplace_back(capacity_ + 1, chunks_.length());
    }
  }
  Worker& worker_of(int worker) { return workers_[static_cast<std::size_t>(worker)]; }

  std::size_t newest_position() const { return this->position(proposed_, proposed_.size - 1); }

  // Forms a chunk of the next pair in its row, and returns the products of the chunk.
  Curvature form_in_row(const Move<double>& move, Index at, Index size) {
    const Index row = this->next_row();
    return this->pair_.form(move.t, move.d + at, move.g + at, move.g_before + at, this->s_.row(row) + at,
                            this->y_.row(row) + at, size);
  }

  // Forms the products over the free entries at g: those of the committed pairs, and of the next pair if there is a
  // move, with g and with the new y. Updates the products of the committed pairs with each other. Returns the products
  // of the next pair over all entries.
  Curvature measure(const double* g, const Move<double>* move) {
    const Index older = committed_.size;
    const Index pairs = older + (move != nullptr ? 1 : 0);
    const Index numbers = 4 * pairs + 2;
    const Index groups = std::min(chunks_.count(), most_groups);
    const Index changes = ColumnChanges<H>::numbers(older);
    if (move != nullptr) this->used(this->next_row());
    prepare_workers();
    face_.prepare(chunks_.workers());
    partial_.assign(static_cast<std::size_t>(chunks_.count() * numbers), 0.0);
    changes_.assign(static_cast<std::size_t>(groups * changes), 0.0);
    chunks_.in_groups(groups, [&](Index at, Index size, int worker, Index group) {
      double* const out = partial_.data() + chunks_.chunk_at(at) * numbers;
      const Face::View view = face_.look(at, size, worker, g);
      Worker& mine = worker_of(worker);
      for (Index age = 0; age < pairs; ++age) {
        const Index row = this->row(committed_, age);
        mine.rows[static_cast<std::size_t>(age)] = this->s_.row(row) + at;
        mine.rows[static_cast<std::size_t>(pairs + age)] = this->y_.row(row) + at;
      }
      if (move != nullptr) {
        const Curvature whole = form_in_row(*move, at, size);
        out[4 * pairs] = whole.ys;
        out[4 * pairs + 1] = whole.yy;
        const H* const y = mine.rows[static_cast<std::size_t>(2 * pairs - 1)];
        H* const free_y = mine.new_y.row(0);
        for (Index i = 0; i < size; ++i) free_y[i] = view.is_free[i] > 0.0 ? y[i] : H(0);
        this->pair_.two_dots(mine.rows.data(), 2 * pairs, view.slopes, free_y, size, out, out + 2 * pairs);
      } else {
        this->pair_.dots(mine.rows.data(), 2 * pairs, view.slopes, size, out);
      }
      mine.changes.add(view.is_free, was_free_.data() + at, size, mine.rows.data(), mine.rows.data() + pairs, older,
                       this->pair_, changes_.data() + group * changes);
    });
    add_up(partial_, chunks_.count(), numbers);
    add_up(changes_, groups, changes);
    take_products(pairs, older, move != nullptr);
    return {partial_[static_cast<std::size_t>(4 * pairs)], partial_[static_cast<std::size_t>(4 * pairs + 1)]};
  }

  // The first of `parts` groups of `count` numbers <- the sum of the groups.
  static void add_up(std::vector<double>& numbers, Index parts, Index count) {
    for (Index part = 1; part < parts; ++part) {
      for (Index i = 0; i < count; ++i) {
        numbers[static_cast<std::size_t>(i)] += numbers[static_cast<std::size_t>(part * count + i)];
      }
    }
  }

  void take_products(Index pairs, Index older, bool has_next) {
    const double* const with_g = partial_.data();
    const double* const with_y = with_g + 2 * pairs;
    for (Index age = 0; age < pairs; ++age) {
      const bool is_next = age == older;
      PairProducts& products = is_next ? next_ : products_[this->position(committed_, age)];
      products.s_g = with_g[age];
      products.y_g = with_g[pairs + age];
      if (!has_next) continue;
      products.s_y = with_y[age];
      products.y_y = with_y[pairs + age];
    }
    if (has_next) next_own_ = {next_.s_y, next_.y_y};
    for (Index newer = 0; newer < older; ++newer) {
      const double* const sums = changes_.data() + ColumnChanges<H>::numbers(newer);
      const std::size_t at = this->position(committed_, newer);
      for (Index age = 0; age < newer; ++age) {
        gram_.change(static_cast<Index>(this->position(committed_, age)), static_cast<Index>(at), sums[age],
                     sums[newer + 1 + age]);
      }
      own_[at].ys += sums[newer];
      own_[at].yy += sums[2 * newer + 1];
      gram_.change_own(static_cast<Index>(at), sums[2 * newer + 1]);
    }
  }

  Chunks& chunks_;
  Face& face_;
  Gram gram_;  // over the entries that were free
  std::vector<std::uint8_t> was_free_;
  std::vector<Curvature> own_;          // y.s and y.y of each pair over the entries that were free; by position
  std::vector<PairProducts> products_;  // by position
  PairProducts next_;                   // of the pair just formed
  Curvature next_own_;                  // of the pair just formed
  bool is_formed_ = false;              // the products belong to the gradient of the move just formed
  std::vector<Index> ages_;             // of the pairs that are used
  std::vector<Index> positions_;
  std::vector<double> factors_;
  std::vector<double> partial_;  // the numbers of a pass, by chunk
  std::vector<double> changes_;  // by group
  std::vector<Worker> workers_;
};

}  // namespace lbfgs
