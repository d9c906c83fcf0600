// A workspace's history in another size or another type.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "arrays.hpp"
#include "core/memory.hpp"
#include "core/workspace.hpp"

namespace lbfgs::test {

TEST_CASE("a history that is resized keeps the newest pairs that fit") {
  Arrays<double> arrays({1});
  for (const Index capacity : {1, 2, 3, 4, 9}) {
    CAPTURE(capacity);
    const std::unique_ptr<Workspace> workspace = Workspace::create(arrays.parameters(), 4);
    for (double i = 1.0; i <= 6.0; ++i) workspace->import_pair(&i, &i, i);  // 3, 4, 5, 6 stay
    workspace->resize_history(capacity, Dtype::float64);
    CHECK(workspace->history_capacity() == capacity);
    const Index kept = std::min<Index>(capacity, 4);
    REQUIRE(workspace->history_size() == kept);
    for (Index age = 0; age < kept; ++age) {
      double s = 0.0;
      double y = 0.0;
      const double expected = static_cast<double>(7 - kept + age);
      CHECK(workspace->export_pair(age, &s, &y) == expected);
      CHECK(s == expected);
      CHECK(y == expected);
    }
  }
}

TEST_CASE(
    "a history can be stored as float32 from now on, and goes on with the pairs that it has, their rho as they are") {
  Arrays<double> arrays({2});
  const std::unique_ptr<Workspace> workspace = Workspace::create(arrays.parameters(), 4);
  CHECK(workspace->history_dtype() == Dtype::float64);
  const Vector s{0.1, 0.2};
  const Vector y{0.3, 1.0};
  workspace->import_pair(s.data(), y.data(), 0.7);
  Vector out_s(2);
  Vector out_y(2);
  const auto resize = [&](Dtype stored) {
    workspace->resize_history(4, stored);
    CHECK(workspace->history_dtype() == stored);
    REQUIRE(workspace->history_size() == 1);
    return workspace->export_pair(0, out_s.data(), out_y.data());
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
  CHECK(Workspace::create(floats.parameters(), 1, Dtype::float64)->history_dtype() == Dtype::float32);
  CHECK(Workspace::create(arrays.parameters(), 1, Dtype::float32)->history_dtype() == Dtype::float32);
}

TEST_CASE("a history that memory cannot hold is refused and the old one stays") {
  Arrays<double> arrays({4});
  const std::unique_ptr<Workspace> workspace = Workspace::create(arrays.parameters(), 2);
  const Vector s{1.0, 2.0, 3.0, 4.0};
  workspace->import_pair(s.data(), s.data(), 1.0);
  CHECK_THROWS_AS(workspace->resize_history(Index{1} << 61, Dtype::float64), OutOfMemory);
  CHECK(workspace->history_capacity() == 2);
  CHECK(workspace->history_size() == 1);
}

}  // namespace lbfgs::test
