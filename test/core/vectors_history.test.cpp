// A vectors's history in another size or another type.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "arrays.hpp"
#include "core/memory/memory.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "random.hpp"

namespace lbfgs::test {

TEST_CASE("a history that is resized keeps the newest pairs that fit") {
  Arrays<double> arrays({1});
  for (const Index capacity : {1, 2, 3, 4, 9}) {
    CAPTURE(capacity);
    const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 4);
    for (double i = 1.0; i <= 6.0; ++i) vectors->import_pair(&i, &i, i);  // 3, 4, 5, 6 stay
    vectors->resize_history(capacity, Dtype::float64, false);
    CHECK(vectors->history_capacity() == capacity);
    const Index kept = std::min<Index>(capacity, 4);
    REQUIRE(vectors->history_size() == kept);
    for (Index age = 0; age < kept; ++age) {
      double s = 0.0;
      double y = 0.0;
      const double expected = static_cast<double>(7 - kept + age);
      CHECK(vectors->export_pair(age, &s, &y) == expected);
      CHECK(s == expected);
      CHECK(y == expected);
    }
  }
}

TEST_CASE("a history that is resized gives the direction of one that was made like that, to the bit") {
  constexpr std::size_t n = 20;
  Random random(61);
  Arrays<double> arrays({n});
  const std::unique_ptr<Vectors> resized = cpu_vectors(arrays.parameters(), 5);
  std::vector<Vector> steps;  // each with the y = 2 s
  const Vector g = random.vector(n);
  const auto direction = [&](Vectors& vectors) {
    vectors.import_gradient(0, g.data());
    vectors.quasi_newton(0, 0.3);
    vectors.commit();
    Vector d(n);
    vectors.export_direction(d.data());
    return d;
  };
  const auto add = [&](Vectors& vectors, const Vector& s) {
    Vector y = s;
    for (std::size_t i = 0; i < n; ++i) y[i] *= 1.0 + static_cast<double>(i % 3);
    double product = 0.0;
    for (std::size_t i = 0; i < n; ++i) product += s[i] * y[i];
    vectors.import_pair(s.data(), y.data(), 1.0 / product);
  };
  Index kept = 0;
  for (const Index capacity : {5, 9, 20, 8, 17, 1, 3}) {  // blocks of 5, 5, 7, 8, 6, 1 and 3 pairs
    CAPTURE(capacity);
    resized->resize_history(capacity, Dtype::float64, false);
    kept = std::min(kept, capacity);
    for (Index more = 0; more < capacity; ++more) {
      steps.push_back(random.vector(n));
      add(*resized, steps.back());
      kept = std::min(kept + 1, capacity);
      const std::unique_ptr<Vectors> fresh = cpu_vectors(arrays.parameters(), capacity);
      for (Index age = std::min<Index>(kept, static_cast<Index>(steps.size())); age > 0; --age)
        add(*fresh, steps[steps.size() - static_cast<std::size_t>(age)]);
      CHECK(resized->history_size() == fresh->history_size());
      CHECK(direction(*resized) == direction(*fresh));
    }
  }
}

TEST_CASE(
    "a history can be stored as float32 from now on, and goes on with the pairs that it has, their rho as they are") {
  Arrays<double> arrays({2});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 4);
  CHECK(vectors->history_dtype() == Dtype::float64);
  const Vector s{0.1, 0.2};
  const Vector y{0.3, 1.0};
  vectors->import_pair(s.data(), y.data(), 0.7);
  Vector out_s(2);
  Vector out_y(2);
  const auto resize = [&](Dtype stored) {
    vectors->resize_history(4, stored, false);
    CHECK(vectors->history_dtype() == stored);
    REQUIRE(vectors->history_size() == 1);
    return vectors->export_pair(0, out_s.data(), out_y.data());
  };
  CHECK(resize(Dtype::float64) == 0.7);
  CHECK(out_s == s);
  CHECK(out_y == y);
  const double rho = resize(Dtype::float32);
  CHECK(out_s == Vector{0.1F, 0.2F});
  CHECK(out_y == Vector{0.3F, 1.0});
  CHECK(rho == 1.0 / (out_s[0] * out_y[0] + out_s[1] * out_y[1]));
  CHECK(resize(Dtype::float64) == rho);
  CHECK(out_s == Vector{0.1F, 0.2F});  // what was rounded stays so
  Arrays<float> floats({2});
  CHECK(cpu_vectors(floats.parameters(), 1, Dtype::float64)->history_dtype() == Dtype::float32);
  CHECK(cpu_vectors(arrays.parameters(), 1, Dtype::float32)->history_dtype() == Dtype::float32);
}

TEST_CASE("a history that memory cannot hold is refused and the old one stays") {
  Arrays<double> arrays({4});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 2);
  const Vector s{1.0, 2.0, 3.0, 4.0};
  vectors->import_pair(s.data(), s.data(), 1.0);
  CHECK_THROWS_AS(vectors->resize_history(Index{1} << 61, Dtype::float64, false), OutOfMemory);
  CHECK(vectors->history_capacity() == 2);
  CHECK(vectors->history_size() == 1);
}

TEST_CASE("vectors of more parameters take over those of fewer, with zeros in the new coordinates") {
  Arrays<float> few({2});
  Arrays<double> more({1});
  std::vector<ParameterView> views{few.parameters()[0], more.parameters()[0]};
  const std::unique_ptr<Vectors> from = cpu_vectors(few.parameters(), 3);
  const std::unique_ptr<Vectors> to = cpu_vectors(Parameters(views), 2);
  CHECK(from->dtype() == Dtype::float32);
  CHECK(to->dtype() == Dtype::float64);
  const std::vector<float> x{1.0F, 2.0F};
  const std::vector<float> d{3.0F, 4.0F};
  const std::vector<float> g{5.0F, 6.0F};
  from->import_point(x.data(), 2);
  from->import_direction(d.data());
  from->commit();
  from->import_gradient(1, g.data());
  for (float i = 1.0F; i <= 3.0F; ++i) {
    const std::vector<float> s{i, 2.0F * i};
    from->import_pair(s.data(), s.data(), 0.5);
  }
  const Vector before{0.0, 0.0, 7.0};
  to->import_point(before.data(), 3);
  to->extend(*from, 1);
  to->commit();
  Vector found(3);
  Vector y(3);
  to->export_point(found.data());
  CHECK(found == Vector{1.0, 2.0, 7.0});
  to->export_direction(found.data());
  CHECK(found == Vector{3.0, 4.0, 0.0});
  to->export_gradient(0, found.data());
  CHECK(found == Vector{5.0, 6.0, 0.0});
  REQUIRE(to->history_size() == 2);  // the newest that fit
  for (Index age = 0; age < 2; ++age) {
    const double i = static_cast<double>(age) + 2.0;
    CHECK(to->export_pair(age, found.data(), y.data()) == 0.5);
    CHECK(found == Vector{i, 2.0 * i, 0.0});
    CHECK(y == found);
  }
}

TEST_CASE("what a full history takes is what cpu_vectors_bytes tells") {
  constexpr std::size_t n = 1000;
  Arrays<double> arrays({n});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 4);
  const Vector ones(n, 1.0);
  for (int pair = 0; pair < 9; ++pair) vectors->import_pair(ones.data(), ones.data(), 1.0 / static_cast<double>(n));
  const double told = cpu_vectors_bytes(Index{n}, Dtype::float64, 4, Dtype::float64, 1, false);
  const double row = static_cast<double>(n) * sizeof(double);
  CHECK(told >= static_cast<double>(vectors->resident_bytes()));
  CHECK(told <= static_cast<double>(vectors->resident_bytes()) + row);  // the products of pairs are beside the rows
}

}  // namespace lbfgs::test
