#include "workspace.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <utility>

namespace lbfgs {
namespace {

template <class T>
using Read = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using Write = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

// Calls work with the entry type of `dtype`.
template <class Work>
decltype(auto) with_type(Dtype dtype, Work&& work) {
  return dtype == Dtype::float32 ? work(float{}) : work(double{});
}

template <class T>
class WorkspaceOf final : public Workspace {
public:
  WorkspaceOf(Parameters parameters, Index history_size)
      : Workspace(std::move(parameters)),
        rows_(slot_count + 3, size()),
        history_(size(), history_size),
        x_(rows_.row(slot_count)),
        committed_(rows_.row(slot_count + 1)),
        d_(rows_.row(slot_count + 1)) {}

  Dtype dtype() const override { return std::is_same_v<T, float> ? Dtype::float32 : Dtype::float64; }
  std::size_t resident_bytes() const override {
    return static_cast<std::size_t>(slot_count + 3) * rows_.row_bytes() + history_.resident_bytes();
  }

  bool read_point() override {
    bool finite = true;
    parameters_.for_each_block([&](Index at, Index size, auto&& pieces) {
      pieces([&](const Piece& piece) { read(piece.view.dtype, piece.view.data, piece, x_); });
      finite = finite && extent(x_ + at, size).finite;
    });
    return finite;
  }

  bool write_trial(double t) override {
    bool finite = true;
    for_each_data_piece([&](const Piece& piece, auto* data) {
      using Entry = std::remove_pointer_t<decltype(data)>;
      Write<Entry> out(data, piece.size);
      out = trial(t, piece).template cast<Entry>();
      finite = finite && extent(data, piece.size).finite;
    });
    return finite;
  }

  bool holds_trial(double t) const override {
    bool same = true;
    for_each_data_piece([&](const Piece& piece, auto* data) {
      using Entry = std::remove_pointer_t<decltype(data)>;
      same = same && (Read<Entry>(data, piece.size) == trial(t, piece).template cast<Entry>()).all();
    });
    return same;
  }

  void advance(double t) override {
    for_each_data_piece([&](const Piece& piece, auto* data) {
      using Entry = std::remove_pointer_t<decltype(data)>;
      Write<Entry> out(data, piece.size);
      out = trial(t, piece).template cast<Entry>();
      Write<T>(x_ + piece.at, piece.size) = out.template cast<T>();
    });
  }

  void restore_point() override {
    for_each_data_piece([&](const Piece& piece, auto* data) {
      using Entry = std::remove_pointer_t<decltype(data)>;
      Write<Entry>(data, piece.size) = Read<T>(x_ + piece.at, piece.size).template cast<Entry>();
    });
  }

  GradientSummary read_gradient(Slot slot, bool along_direction) override {
    T* const g = rows_.row(slot);
    GradientSummary summary{0.0, 0.0, true};
    parameters_.for_each_block([&](Index at, Index size, auto&& pieces) {
      pieces([&](const Piece& piece) { read(piece.view.grad_dtype, piece.view.grad, piece, g); });
      const Extent block = extent(g + at, size);
      if (along_direction) summary.slope += dot(g + at, d_ + at, size);
      summary.max = std::max(summary.max, block.max);
      summary.finite = summary.finite && block.finite;
    });
    return summary;
  }

  void write_gradient(Slot slot) const override {
    const T* const g = rows_.row(slot);
    parameters_.for_each_block([&](Index, Index, auto&& pieces) {
      pieces([&](const Piece& piece) {
        if (piece.view.grad == nullptr) return;
        with_type(piece.view.grad_dtype, [&](auto entry) {
          using Entry = decltype(entry);
          Write<Entry>(static_cast<Entry*>(piece.view.grad) + piece.from, piece.size) =
              Read<T>(g + piece.at, piece.size).template cast<Entry>();
        });
      });
    });
  }

  double gradient_max(Slot slot) const override { return extent(rows_.row(slot), size()).max; }
  double gradient_norm1(Slot slot) const override { return norm1(rows_.row(slot), size()); }

  DirectionSummary steepest_descent(Slot g) override {
    d_ = scratch();
    return summarise(scale_dot(-1.0, rows_.row(g), d_, rows_.row(g), size()));
  }
  DirectionSummary quasi_newton(Slot g, double h_diag) override {
    d_ = scratch();
    return summarise(history_.direction(h_diag, rows_.row(g), d_));
  }
  Curvature form_pair(double t, Slot g, Slot g_before, Index known) override {
    return history_.form(t, committed_, rows_.row(g), rows_.row(g_before), known);
  }
  bool push_pair(const Curvature& curvature) override { return history_.push(curvature); }
  void clear_history() override { history_.clear(); }
  void commit() override {
    committed_ = d_;
    history_.commit();
  }
  void roll_back() override {
    d_ = committed_;
    history_.roll_back();
  }

  Index history_size() const override { return history_.size(); }
  Index history_capacity() const override { return history_.capacity(); }
  void resize_history(Index capacity) override {
    History<T> resized(size(), capacity);
    for (Index age = std::max<Index>(0, history_.size() - capacity); age < history_.size(); ++age) {
      resized.append(history_.s(age), history_.y(age), history_.rho(age));
    }
    history_ = std::move(resized);
  }

  void export_point(void* out) const override { copy(x_, out); }
  void export_direction(void* out) const override { copy(committed_, out); }
  void export_gradient(Slot slot, void* out) const override { copy(rows_.row(slot), out); }
  double export_pair(Index age, void* s, void* y) const override {
    copy(history_.s(age), s);
    copy(history_.y(age), y);
    return history_.rho(age);
  }
  void import_point(const void* in, Index count) override { std::copy_n(static_cast<const T*>(in), count, x_); }
  void import_direction(const void* in) override {
    d_ = committed_;
    copy(in, d_);
  }
  void import_gradient(Slot slot, const void* in) override { copy(in, rows_.row(slot)); }
  void import_pair(const void* s, const void* y, double rho) override {
    history_.append(static_cast<const T*>(s), static_cast<const T*>(y), rho);
  }

private:
  DirectionSummary summarise(double slope) const {
    const Extent found = extent(d_, size());
    return {slope, found.max, found.finite};
  }

  auto trial(double t, const Piece& piece) const {
    return Read<T>(x_ + piece.at, piece.size) + static_cast<T>(t) * Read<T>(d_ + piece.at, piece.size);
  }

  // work(piece, data) for the stretches that can be reached, `data` typed and at the piece's first entry.
  template <class Work>
  void for_each_data_piece(Work&& work) const {
    parameters_.for_each_block([&](Index, Index, auto&& pieces) {
      pieces([&](const Piece& piece) {
        if (piece.view.data == nullptr) return;
        with_type(piece.view.dtype,
                  [&](auto entry) { work(piece, static_cast<decltype(entry)*>(piece.view.data) + piece.from); });
      });
    });
  }

  // flat[piece] <- the array, converted; an array that is not there is zero.
  static void read(Dtype dtype, const void* array, const Piece& piece, T* flat) {
    Write<T> out(flat + piece.at, piece.size);
    if (array == nullptr) {
      out.setZero();
      return;
    }
    with_type(dtype, [&](auto entry) {
      using Entry = decltype(entry);
      out = Read<Entry>(static_cast<const Entry*>(array) + piece.from, piece.size).template cast<T>();
    });
  }

  void copy(const void* from, void* to) const { std::copy_n(static_cast<const T*>(from), size(), static_cast<T*>(to)); }

  T* scratch() const { return rows_.row(committed_ == rows_.row(slot_count + 1) ? slot_count + 2 : slot_count + 1); }

  Storage<T> rows_;  // the gradient slots, x, two directions
  History<T> history_;
  T* x_;
  T* committed_;
  T* d_;  // the direction formed last
};

bool all_float32(Parameters& parameters) {
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    if (parameters[index].dtype != Dtype::float32) return false;
  }
  return true;
}

}  // namespace

std::array<Slot, 2> slots_besides(Slot a, Slot b) {
  std::array<Slot, 2> found{no_slot, no_slot};
  for (Slot slot = slot_count - 1; slot >= 0; --slot) {
    if (slot == a || slot == b) continue;
    found[1] = found[0];
    found[0] = slot;
  }
  return found;
}

std::unique_ptr<Workspace> Workspace::create(Parameters parameters, Index history_size) {
  if (all_float32(parameters)) return std::make_unique<WorkspaceOf<float>>(std::move(parameters), history_size);
  return std::make_unique<WorkspaceOf<double>>(std::move(parameters), history_size);
}

}  // namespace lbfgs
