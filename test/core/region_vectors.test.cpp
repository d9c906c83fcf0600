// Directions and moves within a region, against the two loops over the pairs cut down to the free entries.
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "arrays.hpp"
#include "core/recursion/two_loop.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "random.hpp"
#include "record.hpp"

namespace lbfgs::test {
namespace {

// A walk over the faces of a box, with the curvature of a diagonal matrix and a gradient that does not depend on x, so
// that entries change sides all the time.
class Walk {
public:
  Walk(Index n, Dtype stored, int threads, bool penalised = false)
      : n_(static_cast<std::size_t>(n)),
        arrays_({n_}),
        lower_(n_, -1.0),
        upper_(n_, 0.5),
        vectors_(region_vectors(arrays_.parameters(), 4, stored,
                                {{-1.0, nullptr}, {0.5, upper_.data()}, {penalised ? 0.1 : 0.0, nullptr}})) {
    vectors_->set_threads(threads);
    arrays_.set_x(random_.vector(n_));
    Vector x = arrays_.x();
    for (double& entry : x) entry = std::clamp(entry, -1.0, 0.5);
    arrays_.set_x(x);
    vectors_->read_point();
  }

  Vectors& vectors() { return *vectors_; }
  const Vector& x() const { return x_; }
  const Vector& g() const { return g_; }

  // The gradient at the point becomes g; returns the slot.
  void draw_gradient(Slot slot) {
    x_ = arrays_.x();
    g_.resize(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      const double curvature = 1.0 + 3.0 * static_cast<double>(i % 7);
      g_[i] = curvature * x_[i] + 0.5 * random_.next();
    }
    arrays_.set_grad(g_);
    vectors_->read_gradient(slot, false);
  }
  // Moves by t d and forms the pair at the new gradient.
  Curvature move(double t, Slot& here, Slot& before) {
    before_x_ = x_;
    before_g_ = g_;
    vectors_->make_move(t);
    vectors_->commit();
    std::swap(here, before);
    draw_gradient(here);
    return vectors_->form_pair(1.0, here, before, static_cast<Index>(n_));
  }
  bool is_free(std::size_t i) const {
    return !(x_[i] <= lower_[i] && g_[i] >= 0.0) && !(x_[i] >= upper_[i] && g_[i] <= 0.0);
  }
  CurvaturePair<double> whole_pair() const {
    CurvaturePair<double> pair{Eigen::VectorXd(n_), Eigen::VectorXd(n_), 0.0};
    for (std::size_t i = 0; i < n_; ++i) {
      pair.s[static_cast<Index>(i)] = x_[i] - before_x_[i];
      pair.y[static_cast<Index>(i)] = g_[i] - before_g_[i];
    }
    return pair;
  }
  Vector direction() const {
    Vector d(n_);
    vectors_->commit();
    vectors_->export_direction(d.data());
    return d;
  }

private:
  std::size_t n_;
  Random random_{17};
  Arrays<double> arrays_;
  Vector lower_;
  Vector upper_;
  std::unique_ptr<Vectors> vectors_;
  Vector x_, g_, before_x_, before_g_;
};

// -H g over the free entries.
Vector reference(const Walk& walk, const std::vector<CurvaturePair<double>>& pairs, double gamma_all) {
  const auto n = static_cast<Index>(walk.x().size());
  Eigen::VectorXd g(n);
  Eigen::ArrayXd is_free(n);
  for (Index i = 0; i < n; ++i) {
    is_free[i] = walk.is_free(static_cast<std::size_t>(i)) ? 1.0 : 0.0;
    g[i] = is_free[i] * walk.g()[static_cast<std::size_t>(i)];
  }
  std::vector<CurvaturePair<double>> used;
  double gamma = gamma_all;
  for (const CurvaturePair<double>& pair : pairs) {
    CurvaturePair<double> on_face{pair.s.array() * is_free, pair.y.array() * is_free, 0.0};
    const double ys = on_face.s.dot(on_face.y);
    const double yy = on_face.y.squaredNorm();
    if (!(ys > 1e-8 * gamma_all * yy && yy > 0.0)) continue;
    on_face.rho = 1.0 / ys;
    gamma = ys / yy;
    used.push_back(on_face);
  }
  const Eigen::VectorXd d = two_loop_direction<double>(used, Eigen::VectorXd::Constant(n, gamma), g);
  Vector result(walk.x().size());
  for (Index i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool outward = (walk.x()[at] <= -1.0 && d[i] < 0.0) || (walk.x()[at] >= 0.5 && d[i] > 0.0);
    result[at] = outward || is_free[i] == 0.0 ? 0.0 : d[i];
  }
  return result;
}

void check_walk(Index n, Dtype stored, double tolerance) {
  CAPTURE(n);
  Walk walk(n, stored, 2);
  Slot here = 0;
  Slot before = 1;
  walk.draw_gradient(here);
  Summary d = walk.vectors().steepest_descent(here);
  std::vector<CurvaturePair<double>> pairs;
  double gamma = 1.0;
  for (int iteration = 0; iteration < 12; ++iteration) {
    CAPTURE(iteration);
    const Curvature pair = walk.move(iteration == 5 ? 3.0 : 0.3, here, before);
    if (pair.ys > 0.0 && iteration != 7) {  // one pair is refused
      walk.vectors().push_pair(pair);
      pairs.push_back(walk.whole_pair());
      if (pairs.size() > 4) pairs.erase(pairs.begin());
      gamma = pair.scale();
    }
    d = pairs.empty() ? walk.vectors().steepest_descent(here) : walk.vectors().quasi_newton(here, gamma);
    if (pairs.empty()) continue;
    const Vector wanted = reference(walk, pairs, gamma);
    const Vector found = walk.direction();
    double size = 0.0;
    double error = 0.0;
    double product = 0.0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      size = std::max(size, std::abs(wanted[i]));
      error = std::max(error, std::abs(wanted[i] - found[i]));
      if (walk.is_free(i)) product += found[i] * walk.g()[i];
    }
    CHECK(error <= tolerance * size);
    CHECK(std::abs(d.product - product) <= 1e-10 * std::abs(product));
    CHECK(d.max > 0.0);
  }
  CHECK(pairs.size() == 4);
}

Record everything(Index n, Dtype stored, int threads) {
  Walk walk(n, stored, threads, true);
  Record record;
  Slot here = 0;
  Slot before = 1;
  walk.draw_gradient(here);
  record.add(walk.vectors().steepest_descent(here));
  bool has_pairs = false;
  for (int iteration = 0; iteration < 8; ++iteration) {
    const Curvature pair = walk.move(0.3, here, before);
    record.add(pair.ys);
    if (pair.ys > 0.0) {
      walk.vectors().push_pair(pair);
      has_pairs = true;
    }
    record.add(has_pairs ? walk.vectors().quasi_newton(here, 0.1) : walk.vectors().steepest_descent(here));
    record.add(walk.direction());
    record.add(walk.vectors().sensitivity(here));
    record.add(walk.vectors().gradient_max(here));
    record.add(walk.vectors().last_stop());
    record.add(walk.vectors().longest_first_step());
  }
  return record;
}

}  // namespace

TEST_CASE("a direction on a face is that of the pairs cut down to its free entries, as the faces change") {
  for (const Index n : {1, 2, 16, 17, 200, 3000, 40000}) check_walk(n, Dtype::float64, 1e-9);
  for (const Index n : {3, 17, 3000}) check_walk(n, Dtype::float32, 1e-4);
}

TEST_CASE("what happens within a region does not depend on the number of threads") {
  for (const Dtype stored : {Dtype::float64, Dtype::float32}) {
    const Record one = everything(100000, stored, 1);
    for (const int threads : {2, 3, 8}) CHECK(everything(100000, stored, threads) == one);
  }
}

}  // namespace lbfgs::test
