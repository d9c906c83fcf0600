// The compact form of the direction, for long vectors: the pairs are read twice, whatever their number.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/recursion/gram.hpp"
#include "core/vectors/cpu/pairs.hpp"

namespace lbfgs {

/// Forming a pair reads all other pairs once, for their products with g and with the new y. The recursion runs in
/// numbers (gram.hpp), and a second pass over the pairs combines them. Memory traffic decides about the time, so the
/// new pair is computed again, chunk by chunk, wherever it is needed, and stored only when it is committed.
template <class T, class H>
class CompactHistory final : public Pairs<T, H> {
public:
  CompactHistory(Index capacity, Index n, Chunks& chunks)
      : Pairs<T, H>(n, capacity, capacity),
        chunks_(chunks),
        gram_(capacity + 1),
        products_(static_cast<std::size_t>(capacity + 1)),
        coefficients_(static_cast<std::size_t>(capacity + 1)),
        factors_(static_cast<std::size_t>(2 * capacity)),
        partial_(static_cast<std::size_t>(chunks.count() * 4 * capacity)) {
    places_.reserve(static_cast<std::size_t>(capacity));
  }

  std::size_t resident_bytes() const override {
    std::size_t bytes = Pairs<T, H>::resident_bytes();
    for (const Worker& worker : workers_) bytes += worker.pair.bytes() + worker.sums.bytes();
    return bytes;
  }
  Curvature form(const Move<T>& move) override;
  void push(const Curvature& curvature) override;
  Summary direction(double h_diag, const T* g, T* d) override;
  void commit() override;
  void roll_back() override {
    Pairs<T, H>::roll_back();
    unmeasured_ = committed_.size;
  }

private:
  using Pairs<T, H>::capacity_;
  using Pairs<T, H>::committed_;
  using Pairs<T, H>::n_;
  using Pairs<T, H>::pending_;
  using Pairs<T, H>::proposed_;
  using typename Pairs<T, H>::Window;

  struct Pair {
    H* s;
    H* y;
  };
  // Scratch space of a worker in a pass: the rows of its chunk, the chunk of the new pair and, where T is float, the
  // chunk of the direction in double.
  struct Worker {
    Worker(Index capacity, Index length)
        : rows(static_cast<std::size_t>(2 * capacity)),
          pair(2, length),
          sums(std::is_same_v<T, double> ? 0 : 1, length) {}

    std::vector<const H*> rows;
    Storage<H> pair;
    Storage<double> sums;
  };

  void appended() override;
  void form_chunk(Index at, Index size, const Pair& pair) const;
  void store_chunk(Index at, Index size, const Pair& pair) const;
  // A chunk of the pair just formed.
  Pair new_pair(int worker) const {
    const Worker& own = workers_[static_cast<std::size_t>(worker)];
    return {own.pair.row(0), own.pair.row(1)};
  }
  double* sum_of(int worker, T* d) {
    if constexpr (std::is_same_v<T, double>) return d;
    return workers_[static_cast<std::size_t>(worker)].sums.row(0);
  }
  PairProducts& products_of(Index age) { return products_[this->place(committed_, age)]; }
  const H* const* list_rows(const Window& window, bool with_new, Index at, int worker);
  void list_places(const Window& window);
  void measure(Index from, Index to, const T* g);
  template <class Work>
  const double* add_up(Index numbers, Work&& work);
  void prepare_workers();

  Chunks& chunks_;
  Gram gram_;
  Move<T> move_{};                      // the pair just formed
  PairProducts next_;                   // its products
  Index unmeasured_ = 0;                // of the committed pairs, how many of the oldest have no products with this g
  std::vector<PairProducts> products_;  // by place
  std::vector<PairCoefficients> coefficients_;
  std::vector<Index> places_;
  std::vector<double> factors_;
  std::vector<double> partial_;  // what a pass adds up, by chunk
  std::vector<Worker> workers_;
};

template <class T, class H>
void CompactHistory<T, H>::form_chunk(Index at, Index size, const Pair& pair) const {
  const Index known = std::clamp<Index>(move_.known - at, 0, size);
  std::fill(pair.s + known, pair.s + size, H(0));
  std::fill(pair.y + known, pair.y + size, H(0));
  this->pair_.form(move_.t, move_.d + at, move_.g + at, move_.g_before + at, pair.s, pair.y, known);
}

// Long rows are read again only after all other rows have passed through the caches, so they are stored past the
// caches.
template <class T, class H>
void CompactHistory<T, H>::store_chunk(Index at, Index size, const Pair& pair) const {
  constexpr std::size_t long_row = std::size_t{4} << 20;
  if (move_.known < at + size || static_cast<std::size_t>(n_) * sizeof(H) < long_row) {
    form_chunk(at, size, pair);
  } else {
    this->pair_.write_past_caches(move_.t, move_.d + at, move_.g + at, move_.g_before + at, pair.s, pair.y, size);
  }
}

// The rows of these pairs, the last of them the one just formed if it is with_new, from entry `at` on. Their order is
// that in which the two loops meet them: the y from the newest on, then the s from the oldest on.
template <class T, class H>
const H* const* CompactHistory<T, H>::list_rows(const Window& window, bool with_new, Index at, int worker) {
  const H** const s = workers_[static_cast<std::size_t>(worker)].rows.data() + window.size;
  const Index stored = with_new ? window.size - 1 : window.size;
  Index row = this->row(window, 0);
  for (Index age = 0; age < stored; ++age) {
    s[age] = this->s_.row(row) + at;
    s[-1 - age] = this->y_.row(row) + at;
    row = this->row_after(row);
  }
  if (with_new) {
    const Pair pair = new_pair(worker);
    s[stored] = pair.s;
    s[-1 - stored] = pair.y;
  }
  return s - window.size;
}

template <class T, class H>
void CompactHistory<T, H>::list_places(const Window& window) {
  places_.resize(static_cast<std::size_t>(window.size));
  auto place = static_cast<Index>(this->place(window, 0));
  for (Index& listed : places_) {
    listed = place;
    place = place == capacity_ ? 0 : place + 1;
  }
}

template <class T, class H>
void CompactHistory<T, H>::prepare_workers() {
  const Index workers = std::min<Index>(chunks_.workers(), chunks_.count());
  while (static_cast<Index>(workers_.size()) < workers) workers_.emplace_back(capacity_, chunks_.length());
}

// The sum over the chunks of what work(at, size, worker, out) finds, `numbers` of them.
template <class T, class H>
template <class Work>
const double* CompactHistory<T, H>::add_up(Index numbers, Work&& work) {
  prepare_workers();
  double* const sums = partial_.data();
  chunks_.each(
      [&](Index at, Index size, int worker) { work(at, size, worker, sums + chunks_.chunk_at(at) * numbers); });
  for (Index chunk = 1; chunk < chunks_.count(); ++chunk) {
    for (Index number = 0; number < numbers; ++number) sums[number] += sums[chunk * numbers + number];
  }
  return sums;
}

template <class T, class H>
Curvature CompactHistory<T, H>::form(const Move<T>& move) {
  move_ = move;
  // The oldest pair of a full history goes if the new one is taken: left out until it turns out to stay.
  unmeasured_ = committed_.size == capacity_ ? 1 : 0;
  const Window all{committed_.first + unmeasured_, committed_.size - unmeasured_ + 1};
  const Index rows = 2 * all.size;
  const double* const with_g = add_up(2 * rows, [&](Index at, Index size, int worker, double* out) {
    const Pair next = new_pair(worker);
    form_chunk(at, size, next);
    this->pair_.two_dots(list_rows(all, true, at, worker), rows, move_.g + at, next.y, size, out, out + rows);
  });
  const double* const with_y = with_g + rows;
  for (Index age = 0; age < all.size; ++age) {
    const Index s = all.size + age;
    const Index y = all.size - 1 - age;
    PairProducts& products = age + 1 < all.size ? products_of(unmeasured_ + age) : next_;
    products = {with_g[s], with_g[y], with_y[s], with_y[y]};
  }
  return {next_.s_y, next_.y_y};
}

template <class T, class H>
void CompactHistory<T, H>::push(const Curvature& curvature) {
  Pairs<T, H>::push(curvature);
  const std::size_t place = this->place(proposed_, proposed_.size - 1);
  products_[place] = next_;
  list_places({proposed_.first, proposed_.size - 1});
  gram_.put(static_cast<Index>(place), products_.data(), places_);
}

template <class T, class H>
void CompactHistory<T, H>::commit() {
  if (pending_) {
    const Index row = this->used(this->newest_row());
    const Pair stored{this->s_.row(row), this->y_.row(row)};
    chunks_.each([&](Index at, Index size, int) { store_chunk(at, size, {stored.s + at, stored.y + at}); });
  }
  Pairs<T, H>::commit();
  unmeasured_ = committed_.size;
}

// The products of a pair that comes from outside with those before it.
template <class T, class H>
void CompactHistory<T, H>::appended() {
  const Index dropped = proposed_.first - committed_.first;
  const Index older = proposed_.size - 1;
  const Index rows = 2 * proposed_.size;
  const std::size_t place = this->place(proposed_, older);
  const H* const y = this->y_.row(this->newest_row());
  const double* const with_y = add_up(rows, [&](Index at, Index size, int worker, double* out) {
    this->pair_.stored_dots(list_rows(proposed_, false, at, worker), rows, y + at, size, out);
  });
  for (Index age = 0; age < proposed_.size; ++age) {
    PairProducts& products = age < older ? products_of(dropped + age) : products_[place];
    products.s_y = with_y[proposed_.size + age];
    products.y_y = with_y[older - age];
  }
  list_places({proposed_.first, older});
  gram_.put(static_cast<Index>(place), products_.data(), places_);
  unmeasured_ = proposed_.size;
}

// The products with g of the committed pairs of these ages.
template <class T, class H>
void CompactHistory<T, H>::measure(Index from, Index to, const T* g) {
  const Window window{committed_.first + from, to - from};
  const double* const with_g = add_up(2 * window.size, [&](Index at, Index size, int worker, double* out) {
    this->pair_.dots(list_rows(window, false, at, worker), 2 * window.size, g + at, size, out);
  });
  for (Index age = 0; age < window.size; ++age) {
    products_of(from + age).s_g = with_g[window.size + age];
    products_of(from + age).y_g = with_g[window.size - 1 - age];
  }
}

template <class T, class H>
Summary CompactHistory<T, H>::direction(double h_diag, const T* g, T* d) {
  const Index size = proposed_.size;
  if (size == 0) {
    return chunks_.summary(
        [&](Index at, Index count, int) { return this->vector_.steepest(h_diag, g + at, d + at, count); });
  }
  const Index dropped = proposed_.first - committed_.first;
  if (unmeasured_ > dropped) measure(dropped, unmeasured_, g);
  unmeasured_ = committed_.size;
  list_places(proposed_);
  gram_.solve(places_, this->rho_.row(0), h_diag, products_.data(), coefficients_.data());
  // Terms may be larger than their sum by many orders of magnitude: in the order of the two loops it is as good as
  // theirs.
  double* const factors = factors_.data() + size;
  for (Index age = 0; age < size; ++age) {
    const PairCoefficients& pair = coefficients_[this->place(proposed_, age)];
    factors[age] = pair.step;
    factors[-1 - age] = pair.change;
  }
  prepare_workers();
  return chunks_.summary([&](Index at, Index count, int worker) {
    if (pending_) form_chunk(at, count, new_pair(worker));
    double* const sum = sum_of(worker, d + at);
    const H* const* const rows = list_rows(proposed_, pending_, at, worker);
    this->pair_.combine(-h_diag, g + at, rows, factors_.data(), 2 * size - 1, sum, count, nullptr);
    const double* const last = factors_.data() + 2 * size - 1;
    return this->pair_.finish(1.0, rows + 2 * size - 1, last, 1, sum, g + at, d + at, count);
  });
}

}  // namespace lbfgs
