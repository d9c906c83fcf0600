#include "core/vectors/cpu/cpu_vectors.hpp"

#include <Eigen/Core>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/memory/storage.hpp"
#include "core/vectors/cpu/chunks.hpp"
#include "core/vectors/cpu/history.hpp"
#include "core/vectors/cpu/kernels/instruction_set.hpp"
#include "core/vectors/cpu/staging.hpp"

namespace lbfgs {
namespace {

template <class T>
using Read = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using Write = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

constexpr double no_trial = std::numeric_limits<double>::quiet_NaN();

template <class T>
class CpuVectors final : public Vectors {
public:
  CpuVectors(Parameters parameters, Index history_size, Dtype history_dtype, std::optional<Recursion> recursion,
             bool diagonal)
      : Vectors(std::move(parameters)),
        chunks_(size()),
        vector_(kernels<VectorKernels<T>>(size())),
        recursion_(recursion),
        rows_(row_count + 3, size()),
        x_(rows_.row(row_count)),
        committed_(rows_.row(row_count + 1)),
        d_(rows_.row(row_count + 1)) {
    resize_history(history_size, history_dtype, diagonal);
  }

  Dtype dtype() const override { return dtype_of<T>; }
  std::size_t resident_bytes() const override {
    const std::size_t rows = static_cast<std::size_t>(row_count + 3) * rows_.row_bytes();
    return rows + history_->resident_bytes() + (copies_ ? copies_->bytes() : 0);
  }
  void set_threads(int count) override { chunks_.set_threads(count); }
  std::shared_ptr<const void> helpers() const override { return chunks_.helpers(); }

  bool read_point() override {
    written_t_ = no_trial;
    return chunks_
        .summary([&](Index at, Index size, int) {
          arrays_->for_each_piece(
              at, size, [&](const Piece& piece) { gather(piece.view.dtype, piece.view.data, piece, x_ + piece.at); });
          return vector_.summarise(x_ + at, size);
        })
        .finite;
  }

  bool write_trial(double t) override {
    written_t_ = t;
    data_written_ = true;
    return chunks_
        .summary([&](Index at, Index size, int) {
          Summary chunk;
          for_each_data_piece(at, size, [&]<class E>(const Piece& piece, E* data) {
            const bool finite = caller<E>().move(x_ + piece.at, t, d_ + piece.at, data, piece.size);
            chunk.finite = chunk.finite && finite;
          });
          return chunk;
        })
        .finite;
  }

  bool holds_trial(double t) override {
    std::atomic<bool> same{true};
    chunks_.each([&](Index at, Index size, int) {
      for_each_data_piece(at, size, [&]<class E>(const Piece& piece, E* data) {
        const auto trial = Read<T>(x_ + piece.at, piece.size) + static_cast<T>(t) * Read<T>(d_ + piece.at, piece.size);
        if (!(Read<E>(data, piece.size) == trial.template cast<E>()).all()) same = false;
      });
    });
    if (same) written_t_ = t;
    return same;
  }

  bool moves(double t, double least) const override {
    bool found = false;
    for (Index at = 0; at < size() && !found; at += chunks_.length()) {
      const Index length = std::min(chunks_.length(), size() - at);
      arrays_->for_each_piece(at, length, [&](const Piece& piece) {
        with_type(piece.view.dtype, [&](auto entry) {
          using E = decltype(entry);
          const T* const x = x_ + piece.at;
          const T* const d = d_ + piece.at;
          for (Index i = 0; i < piece.size && !found; ++i) {
            const double to = static_cast<E>(x[i] + static_cast<T>(t) * d[i]);
            found = std::abs(to - static_cast<double>(static_cast<E>(x[i]))) > least;
          }
        });
      });
    }
    return found;
  }

  void advance(double t) override {
    if (t != written_t_) write_trial(t);
    written_t_ = no_trial;
    chunks_.each([&](Index at, Index size, int) {
      for_each_data_piece(at, size, [&]<class E>(const Piece& piece, E*) {
        caller<E>().advance(x_ + piece.at, t, d_ + piece.at, piece.size);
      });
    });
  }

  void make_move(double t) override {
    if (t != written_t_) write_trial(t);
    written_t_ = no_trial;
    chunks_.each([&](Index at, Index size, int) {
      for_each_data_piece(at, size, [&]<class E>(const Piece& piece, E*) {
        caller<E>().make_move(x_ + piece.at, t, d_ + piece.at, piece.size);
      });
    });
  }

  void restore_point() override {
    written_t_ = no_trial;
    data_written_ = true;
    chunks_.each([&](Index at, Index size, int) {
      for_each_data_piece(at, size, [&]<class E>(const Piece& piece, E* data) {
        Write<E>(data, piece.size) = Read<T>(x_ + piece.at, piece.size).template cast<E>();
      });
    });
  }

  Summary read_gradient(Slot slot, bool along_direction) override {
    if (slot == caller_slot) {
      while (gathered_.size() < static_cast<std::size_t>(chunks_.workers()))
        gathered_.emplace_back(1, chunks_.length());
    }
    return chunks_.summary([&](Index at, Index size, int worker) {
      T* const g = slot == caller_slot ? nullptr : rows_.row(slot) + at;
      const T* const d = along_direction ? d_ + at : nullptr;
      return read_chunk(at, size, worker, g, d);
    });
  }

  void write_gradient(Slot slot) override {
    const T* const g = rows_.row(slot);
    chunks_.each([&](Index at, Index size, int) {
      arrays_->for_each_piece(at, size, [&](const Piece& piece) {
        if (piece.view.grad == nullptr) return;
        with_type(piece.view.grad_dtype, [&](auto entry) {
          using E = decltype(entry);
          Write<E>(static_cast<E*>(piece.view.grad) + piece.from, piece.size) =
              Read<T>(g + piece.at, piece.size).template cast<E>();
        });
      });
    });
  }

  double gradient_max(Slot slot) override {
    const T* const g = rows_.row(slot);
    return chunks_.summary([&](Index at, Index size, int) { return vector_.summarise(g + at, size); }).max;
  }
  double gradient_norm1(Slot slot) override {
    const T* const g = rows_.row(slot);
    return chunks_.summary([&](Index at, Index size, int) { return Summary{vector_.norm1(g + at, size)}; }).product;
  }

  double gradient_norm(Slot slot) override { return norm2(rows_.row(slot)); }
  double point_norm() override { return norm2(x_); }
  double sensitivity(Slot slot) override {
    const T* const g = rows_.row(slot);
    const auto sum = [&](Index at, Index size, int) {
      return Summary{vector_.absolute_dot(g + at, x_ + at, size)};
    };
    return chunks_.summary(sum).product;
  }

  bool gradient_is_float32(Slot slot) override {
    const Read<T> g(rows_.row(slot), size());
    return (g.template cast<float>().template cast<T>() == g).all();
  }

  double slope(Slot slot) override {
    const T* const g = rows_.row(slot);
    const auto dot = [&](Index at, Index size, int) { return Summary{vector_.dot(committed_ + at, g + at, size)}; };
    return chunks_.summary(dot).product;
  }

  Summary steepest_descent(Slot slot) override {
    d_ = scratch();
    const T* const g = rows_.row(slot);
    return chunks_.summary([&](Index at, Index size, int) { return vector_.steepest(1.0, g + at, d_ + at, size); });
  }
  Summary quasi_newton(Slot g, double h_diag) override {
    d_ = scratch();
    return history_->direction(h_diag, rows_.row(g), d_);
  }
  Curvature form_pair(double t, Slot g, Slot g_before, Index known) override {
    return history_->form({t, committed_, rows_.row(g), rows_.row(g_before), known});
  }
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
  bool has_diagonal() const override { return has_diagonal_; }
  void resize_history(Index capacity, Dtype stored, bool diagonal) override {
    const Recursion recursion = recursion_.value_or(recursion_for(size(), capacity));
    auto resized = History<T>::create(capacity, stored, recursion, size(), chunks_, diagonal);
    if (history_) {
      Storage<T> pair(2, size());
      for (Index age = std::max<Index>(0, history_->size() - capacity); age < history_->size(); ++age) {
        const double rho = history_->read(age, pair.row(0), pair.row(1));
        resized->append(pair.row(0), pair.row(1), rho);
      }
    }
    history_ = std::move(resized);
    has_diagonal_ = diagonal;
  }

  void fetch(Index at, Index size, bool values, bool gradients) override {
    if (!copies_) copies_ = std::make_unique<Staging>(parameters(), dtype());
    if (values) copies_->fetch_data(parameters(), at, size);
    if (gradients) copies_->fetch_gradients(parameters(), at, size);
  }
  void deliver(Index at, Index size) override { copies_->deliver_data(parameters(), at, size); }
  void use_copies() override {
    arrays_ = &copies_->views();
    data_written_ = false;
  }
  bool use_arrays() override {
    arrays_ = &parameters();
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
  void import_pair(const void* s, const void* y, double rho) override {
    history_->append(static_cast<const T*>(s), static_cast<const T*>(y), rho);
  }

private:
  template <class E>
  const CallerKernels<T, E>& caller() const {
    return kernels<CallerKernels<T, E>>(size());
  }

  // work(piece, data) for the stretches that can be reached, `data` typed and at the piece's first entry.
  template <class Work>
  void for_each_data_piece(Index at, Index size, Work&& work) const {
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      if (piece.view.data == nullptr) return;
      with_type(piece.view.dtype,
                [&](auto entry) { work(piece, static_cast<decltype(entry)*>(piece.view.data) + piece.from); });
    });
  }

  // A chunk that lies in one array is read where it is; another is gathered first, so that sums do not depend on how
  // the vector is cut into parameters.
  Summary read_chunk(Index at, Index size, int worker, T* g, const T* d) {
    Summary found;
    T* gathered = g;
    arrays_->for_each_piece(at, size, [&](const Piece& piece) {
      if (piece.size == size && piece.view.grad != nullptr) {
        with_type(piece.view.grad_dtype, [&](auto entry) {
          using E = decltype(entry);
          found = caller<E>().read(static_cast<const E*>(piece.view.grad) + piece.from, g, d, size);
        });
        return;
      }
      if (gathered == nullptr) gathered = gathered_[static_cast<std::size_t>(worker)].row(0);
      gather(piece.view.grad_dtype, piece.view.grad, piece, gathered + (piece.at - at));
      if (piece.at + piece.size == at + size) found = caller<T>().read(gathered, nullptr, d, size);
    });
    return found;
  }

  // flat <- the piece of the array, converted; an array that is not there is zero.
  static void gather(Dtype dtype, const void* array, const Piece& piece, T* flat) {
    Write<T> out(flat, piece.size);
    if (array == nullptr) {
      out.setZero();
      return;
    }
    with_type(dtype, [&](auto entry) {
      using E = decltype(entry);
      out = Read<E>(static_cast<const E*>(array) + piece.from, piece.size).template cast<T>();
    });
  }

  // |v|_2, also where its square is beyond the range of double.
  double norm2(const T* v) {
    const Summary found =
        chunks_.summary([&](Index at, Index size, int) { return vector_.summarise(v + at, size); });
    constexpr double least = 1e-280;  // above it no square that counts was rounded as a denormal number
    if ((found.product > least && std::isfinite(found.product)) || found.max == 0.0) return std::sqrt(found.product);
    double sum = 0.0;
    for (Index i = 0; i < size(); ++i) sum += (v[i] / found.max) * (v[i] / found.max);
    return found.max * std::sqrt(sum);
  }

  void copy(const void* from, void* to) const { std::copy_n(static_cast<const T*>(from), size(), static_cast<T*>(to)); }

  T* scratch() const { return rows_.row(committed_ == rows_.row(row_count + 1) ? row_count + 2 : row_count + 1); }

  const Parameters* arrays_ = &parameters();  // the caller's arrays, or their copies
  std::unique_ptr<Staging> copies_;
  bool data_written_ = false;  // into the copies, since use_copies()
  Chunks chunks_;
  const VectorKernels<T>& vector_;
  std::optional<Recursion> recursion_;
  Storage<T> rows_;                   // the gradients, x, two directions
  std::vector<Storage<T>> gathered_;  // a chunk for each worker
  std::unique_ptr<History<T>> history_;
  bool has_diagonal_ = false;
  T* x_;
  T* committed_;
  T* d_;                         // the direction formed last
  double written_t_ = no_trial;  // the caller's arrays were last written with x + t d
};

bool all_float32(const Parameters& parameters) {
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    if (parameters[index].dtype != Dtype::float32) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Vectors> cpu_vectors(Parameters parameters, Index history_size, Dtype history_dtype,
                                     std::optional<Recursion> recursion, bool diagonal) {
  if (all_float32(parameters)) {
    return std::make_unique<CpuVectors<float>>(std::move(parameters), history_size, history_dtype, recursion,
                                               diagonal);
  }
  return std::make_unique<CpuVectors<double>>(std::move(parameters), history_size, history_dtype, recursion, diagonal);
}

}  // namespace lbfgs
