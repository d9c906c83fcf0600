#include "core/vectors/cpu/cpu_vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "arrays.hpp"
#include "random.hpp"

namespace lbfgs::test {
namespace {

// float64 [2], float32 [3], nothing, float64 [2] whose gradient is float32: seven entries.
struct Mixed {
  std::vector<double> a{0.1, 0.2};
  std::vector<float> b{0.3F, 0.4F, 0.5F};
  std::vector<double> c{0.6, 0.7};
  std::vector<double> grad_a{1.0, 2.0};
  std::vector<float> grad_b{3.0F, 4.0F, 5.0F};
  std::vector<float> grad_c{6.0F, 7.0F};

  std::unique_ptr<Vectors> vectors() {
    return cpu_vectors(Parameters({{Dtype::float64, 2, a.data(), Dtype::float64, grad_a.data()},
                                   {Dtype::float32, 3, b.data(), Dtype::float32, grad_b.data()},
                                   {Dtype::float32, 0, nullptr, Dtype::float32, nullptr},
                                   {Dtype::float64, 2, c.data(), Dtype::float32, grad_c.data()}}),
                       3);
  }
};

Vector gradient(const Vectors& vectors, Slot slot, std::size_t n) {
  Vector out(n);
  vectors.export_gradient(slot, out.data());
  return out;
}

}  // namespace

TEST_CASE("the computing dtype is float64 unless every parameter is float32") {
  Mixed mixed;
  Arrays<float> floats({2, 0, 3});
  CHECK(mixed.vectors()->dtype() == Dtype::float64);
  CHECK(cpu_vectors(floats.parameters(), 1)->dtype() == Dtype::float32);
}

TEST_CASE("parameters of several dtypes and of size 0 are one flat vector") {
  Mixed mixed;
  const std::unique_ptr<Vectors> vectors = mixed.vectors();
  CHECK(vectors->size() == 7);
  const Summary summary = vectors->read_gradient(0, false);
  CHECK(summary.finite);
  CHECK(summary.max == 7.0);
  CHECK(summary.product == 0.0);
  CHECK(gradient(*vectors, 0, 7) == Vector{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0});
  CHECK(vectors->gradient_norm1(0) == 28.0);
  CHECK(vectors->gradient_max(0) == 7.0);
}

TEST_CASE("a trial is x + t d rounded to each parameter's dtype, and advancing makes it the point") {
  Mixed mixed;
  const std::unique_ptr<Vectors> vectors = mixed.vectors();
  CHECK(vectors->read_point());
  vectors->read_gradient(0, false);
  CHECK(vectors->steepest_descent(0).max == 7.0);
  const double t = 1.0 / 3.0;
  CHECK(vectors->write_trial(t));
  CHECK(mixed.a[1] == 0.2 + t * -2.0);
  CHECK(mixed.b[2] == static_cast<float>(static_cast<double>(0.5F) + t * -5.0));
  CHECK(mixed.c[0] == 0.6 + t * -6.0);
  CHECK(vectors->holds_trial(t));
  CHECK_FALSE(vectors->holds_trial(t / 2.0));

  vectors->advance(t);
  const Mixed there = mixed;
  CHECK(vectors->write_trial(1.0));
  CHECK(mixed.b[2] == static_cast<float>(static_cast<double>(there.b[2]) - 5.0));
  vectors->restore_point();
  CHECK(mixed.a == there.a);
  CHECK(mixed.b == there.b);
  CHECK(mixed.c == there.c);
}

TEST_CASE("a change of one bit anywhere is not the trial any more") {
  Mixed mixed;
  const std::unique_ptr<Vectors> vectors = mixed.vectors();
  vectors->read_point();
  vectors->read_gradient(0, false);
  vectors->steepest_descent(0);
  vectors->write_trial(0.1);
  mixed.b[1] = std::nextafter(mixed.b[1], 1.0F);
  CHECK_FALSE(vectors->holds_trial(0.1));
  vectors->write_trial(0.1);
  mixed.c[1] = std::nextafter(mixed.c[1], 1.0);
  CHECK_FALSE(vectors->holds_trial(0.1));
}

TEST_CASE_TEMPLATE("the point comes back to the bit after any trial", T, float, double) {
  Random random(21);
  Arrays<T> arrays({700, 0, 1, 1800});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  arrays.set_x(random.vector(2501));
  arrays.set_grad(random.vector(2501));
  const Vector x = arrays.x();
  CHECK(vectors->read_point());
  vectors->read_gradient(2, false);
  vectors->steepest_descent(2);
  for (const double t : {0.0, 0.1, 1e30, HUGE_VAL, std::nan("")}) {
    CAPTURE(t);
    CHECK(vectors->write_trial(t) == std::isfinite(t));
    vectors->restore_point();
    CHECK(arrays.x() == x);
  }
}

TEST_CASE("a point or a trial that is not finite is told") {
  Arrays<float> arrays({3, 2});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  arrays.set_x({1.0, 2.0, 3.0, 4.0, std::nan("")});
  CHECK_FALSE(vectors->read_point());
  arrays.set_x({1.0, 2.0, 3.0, 4.0, 3e38});
  CHECK(vectors->read_point());
  arrays.set_grad({0.0, 0.0, 0.0, 0.0, -3e38});
  vectors->read_gradient(0, false);
  vectors->steepest_descent(0);
  CHECK(vectors->write_trial(0.1));
  CHECK_FALSE(vectors->write_trial(1.0));
}

TEST_CASE("a parameter without a gradient counts as zero and stays without one") {
  Arrays<double> arrays({2, 2});
  arrays.drop_grad(0);
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  arrays.set_x({1.0, 2.0, 3.0, 4.0});
  arrays.set_grad({9.0, 9.0, 5.0, -6.0});
  vectors->read_point();
  CHECK(vectors->read_gradient(1, false).max == 6.0);
  CHECK(gradient(*vectors, 1, 4) == Vector{0.0, 0.0, 5.0, -6.0});
  vectors->steepest_descent(1);
  vectors->advance(0.5);
  CHECK(arrays.x() == Vector{1.0, 2.0, 0.5, 7.0});
  arrays.set_grad({8.0, 8.0, 8.0, 8.0});
  vectors->write_gradient(1);
  CHECK(arrays.grad() == Vector{8.0, 8.0, 5.0, -6.0});
}

TEST_CASE("gradients stay apart in their slots and are written back in their own dtypes") {
  Mixed mixed;
  const std::unique_ptr<Vectors> vectors = mixed.vectors();
  for (Slot slot = 0; slot < row_count; ++slot) {
    mixed.grad_a[0] = 10.0 + slot;
    mixed.grad_c[1] = 20.5F + static_cast<float>(slot);
    vectors->read_gradient(slot, false);
  }
  for (Slot slot = 0; slot < row_count; ++slot) {
    vectors->write_gradient(slot);
    CHECK(mixed.grad_a == std::vector<double>{10.0 + slot, 2.0});
    CHECK(mixed.grad_c == std::vector<float>{6.0F, 20.5F + static_cast<float>(slot)});
  }
}

TEST_CASE("the slope is taken along the direction formed last, the pair along the committed one") {
  Arrays<double> arrays({2});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 2);
  arrays.set_grad({1.0, 0.0});
  vectors->read_gradient(0, false);
  vectors->steepest_descent(0);
  vectors->commit();
  arrays.set_grad({0.0, 2.0});
  vectors->read_gradient(1, false);
  vectors->steepest_descent(1);  // tentative: (0, -2)
  arrays.set_grad({5.0, 7.0});
  CHECK(vectors->read_gradient(2, true).product == -14.0);
  const Curvature curvature = vectors->form_pair(0.5, 2, 0, 2);  // s = (-0.5, 0), y = (4, 7)
  CHECK(curvature.ys == -2.0);
  CHECK(curvature.yy == 65.0);
}

TEST_CASE("what is exported can be imported and is the same to the bit") {
  Random random(22);
  Arrays<float> arrays({3, 4});
  const std::unique_ptr<Vectors> one = cpu_vectors(arrays.parameters(), 2);
  const std::unique_ptr<Vectors> two = cpu_vectors(arrays.parameters(), 2);
  const std::vector<float> s = random.vector<float>(7);
  const std::vector<float> y = random.vector<float>(7);
  std::vector<float> out_s(7);
  std::vector<float> out_y(7);
  one->import_direction(s.data());
  one->import_gradient(2, y.data());
  one->import_pair(s.data(), y.data(), 0.75);
  one->export_direction(out_s.data());
  one->export_gradient(2, out_y.data());
  CHECK(out_s == s);
  CHECK(out_y == y);
  CHECK(one->export_pair(0, out_y.data(), out_s.data()) == 0.75);
  CHECK(out_y == s);
  CHECK(out_s == y);
}

TEST_CASE("there is always a row besides the two in use") {
  for (Slot a = no_slot; a < row_count; ++a) {
    for (Slot b = no_slot; b < row_count; ++b) {
      const Slot free = row_besides(a, b);
      CHECK((free >= 0 && free < row_count && free != a && free != b));
    }
  }
}

}  // namespace lbfgs::test
