// The vectors of a solve within a region: every trial is projected onto it.
#pragma once

#include <memory>
#include <utility>

#include "core/vectors/cpu/face.hpp"
#include "core/vectors/cpu/face_history.hpp"
#include "core/vectors/cpu/short_face_history.hpp"
#include "core/vectors/cpu/typed_vectors.hpp"

namespace lbfgs {

/// The line from x along d is the path P(x + t d), P the projection onto the region and, where there is a penalty, onto
/// the orthant of x; an entry that reaches a bound is on it to the bit. The gradient is that of the loss; slopes and
/// products with directions are those of loss and penalty together, the maximum of a gradient is that of the residual
/// |P(soft(x - g)) - x|, and the penalty is added to the loss.
///
/// Source: Bertsekas, "Projected Newton methods for optimization problems with simple constraints" (1982), with the
/// directions of face_history.hpp.
class RegionVectors final : public TypedVectors<double> {
public:
  /// One parameter, whose values and gradients are float64. The arrays of the region outlive the vectors.
  RegionVectors(Parameters parameters, const Region& region)
      : TypedVectors(std::move(parameters), {}), face_(region, x_, size()) {}

  bool write_trial(double t) override {
    written_t_ = t;
    data_written_ = true;
    double* const data = static_cast<double*>(caller().data);
    if (data == nullptr) return true;
    const Summary moved = chunks_.summary([&](Index at, Index size, int) {
      return face_.kernels.move(face_.part(at), x_ + at, t, d_ + at, start_gradient_ + at, data + at, size);
    });
    bend_ = {moved.max > 0.0, moved.product, 0.0};
    return moved.finite;
  }
  void make_move(double t) override {
    if (t != written_t_) write_trial(t);
    written_t_ = no_trial;
    chunks_.each([&](Index at, Index size, int) { face_.kernels.advance(face_.part(at), x_ + at, t, d_ + at, size); });
  }
  void set_region(const Region& region) override { face_.set(region); }
  bool has_bounds() const override { return true; }
  double last_stop() const override { return face_.line.last_stop; }
  double longest_first_step() const override { return 1.0 / face_.line.relative; }

  Summary read_gradient(Slot slot, bool along_direction) override { return read_trial(slot, along_direction).gradient; }
  Reading read_trial(Slot slot, bool along_direction) override {
    double* const g = slot == caller_slot ? nullptr : rows_.row(slot);
    const double* const data = static_cast<const double*>(caller().data);
    const double* const in = static_cast<const double*>(caller().grad);
    const bool moves = along_direction && written_t_ == written_t_;
    const double* const from = moves || data == nullptr ? x_ : data;
    const RegionSums found = chunks_.total<RegionSums>([&](Index at, Index size, int) {
      return face_.kernels.read(face_.part(at), in == nullptr ? face_.zeros() : in + at, from + at,
                                moves ? written_t_ : 0.0, moves ? d_ + at : nullptr, g == nullptr ? nullptr : g + at,
                                size);
    });
    Reading reading{found.gradient, {}, found.penalty};
    if (moves) reading.bend = {bend_.is_bent, bend_.start_product, found.end_product};
    return reading;
  }

  double gradient_max(Slot slot) override {
    const double* const g = rows_.row(slot);
    return chunks_
        .total<RegionSums>([&](Index at, Index size, int) {
          return face_.kernels.read(face_.part(at), g + at, x_ + at, 0.0, nullptr, nullptr, size);
        })
        .gradient.max;
  }
  double sensitivity(Slot slot) override {
    face_.prepare(chunks_.workers());
    const double* const g = rows_.row(slot);
    const auto pass = [&](Index at, Index size, int worker) {
      const double* const slopes = face_.look(at, size, worker, g).slopes;
      Summary sum;
      for (Index i = 0; i < size; ++i) sum.product += std::abs(slopes[i] * x_[at + i]);
      return sum;
    };
    return chunks_.summary(pass).product;
  }

  Summary steepest_descent(Slot slot) override {
    d_ = scratch();
    const double* const g = start_gradient_ = rows_.row(slot);
    face_.prepare(chunks_.workers());
    face_.line = chunks_.total<RegionLine>([&](Index at, Index size, int worker) {
      const Face::View view = face_.look(at, size, worker, g);
      vector_.steepest(1.0, view.slopes, d_ + at, size);
      return face_.settle(at, size, view, d_, true);
    });
    return face_.line.d;
  }
  Summary quasi_newton(Slot slot, double h_diag) override {
    start_gradient_ = rows_.row(slot);
    return TypedVectors::quasi_newton(slot, h_diag);
  }

protected:
  std::unique_ptr<History<double>> make_history(Index capacity, Dtype stored, bool) override {
    if (stored == Dtype::float32) return history_of<float>(capacity);
    return history_of<double>(capacity);
  }

private:
  template <class H>
  std::unique_ptr<History<double>> history_of(Index capacity) {
    if (size() <= ShortFaceHistory<H>::most) return std::make_unique<ShortFaceHistory<H>>(capacity, size(), face_);
    return std::make_unique<FaceHistory<H>>(capacity, size(), chunks_, face_);
  }
  const ParameterView& caller() const { return arrays_.used()[0]; }

  Face face_;
  const double* start_gradient_ = nullptr;  // where the line begins
  Bend bend_;                               // of the trial written last, without end_product
};

}  // namespace lbfgs
