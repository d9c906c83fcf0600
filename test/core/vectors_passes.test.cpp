// Passes over several chunks: gradients where they lie or kept in a row, and what moving on writes.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "arrays.hpp"
#include "scattered.hpp"

namespace lbfgs::test {
namespace {

template <class T>
std::vector<T> row(const Vectors& vectors, Slot slot) {
  std::vector<T> g(static_cast<std::size_t>(vectors.size()));
  vectors.export_gradient(slot, g.data());
  return g;
}

Vector point(const Vectors& vectors) {
  Vector x(static_cast<std::size_t>(vectors.size()));
  vectors.export_point(x.data());
  return x;
}

template <class T>
void check_caller_slot(bool narrow, int threads) {
  Random random(81);
  Scattered arrays(narrow);
  arrays.draw_data(random);
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  REQUIRE(vectors->dtype() == dtype_of<T>);
  vectors->set_threads(threads);
  vectors->read_point();
  for (Slot slot = 0; slot < row_count; ++slot) {
    arrays.draw_gradient(random);
    vectors->read_gradient(slot, false);
  }
  vectors->steepest_descent(2);
  for (const Slot kept : {0, 1, 2}) {
    const std::vector<std::vector<T>> before{row<T>(*vectors, 0), row<T>(*vectors, 1), row<T>(*vectors, 2)};
    arrays.draw_gradient(random);
    Record seen;
    seen.add(vectors->read_gradient(caller_slot, true));
    seen.add(vectors->read_gradient(caller_slot, false));
    for (Slot slot = 0; slot < row_count; ++slot) {
      CHECK(row<T>(*vectors, slot) == before[static_cast<std::size_t>(slot)]);
    }
    Record read;
    read.add(vectors->read_gradient(kept, true));
    read.add(vectors->read_gradient(kept, false));
    CHECK(seen == read);
    CHECK(row<T>(*vectors, kept) == arrays.gradient<T>());
    arrays.draw_gradient(random);
    for (Slot slot = 0; slot < row_count; ++slot) {
      if (slot != kept) CHECK(row<T>(*vectors, slot) == before[static_cast<std::size_t>(slot)]);
    }
  }
}

}  // namespace

TEST_CASE("a gradient read where it lies has the summary of one read into a row, which is a copy of it") {
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    check_caller_slot<float>(true, threads);
    check_caller_slot<double>(false, threads);
  }
}

TEST_CASE("an entry of a gradient that is not finite is found wherever it is, in a row or where it lies") {
  constexpr std::size_t n = 2 * chunk_size + 503;
  constexpr std::size_t chunk = chunk_length(n);
  Arrays<double> arrays({3, chunk, 0, 500, n - chunk - 503});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{2}, std::size_t{3}, chunk - 1, chunk, chunk + 2, chunk + 3, 2 * chunk, n - 1}) {
      CAPTURE(at);
      Vector g(n, 0.5);
      for (const Slot slot : {0, caller_slot}) {
        g[at] = 0.5;
        arrays.set_grad(g);
        CHECK(vectors->read_gradient(slot, false).finite);
        g[at] = bad;
        arrays.set_grad(g);
        CHECK_FALSE(vectors->read_gradient(slot, false).finite);
      }
    }
  }
}

TEST_CASE_TEMPLATE("sums do not depend on how the vector is cut into parameters", T, float, double) {
  Random random(6);
  constexpr std::size_t n = 2 * chunk_size + 5000;
  constexpr std::size_t chunk = chunk_length(n);
  const Vector g = random.vector(n);
  const std::vector<std::vector<std::size_t>> cuts{{n},
                                                   {1, n - 1},
                                                   {chunk - 1, 1, n - chunk},
                                                   {chunk, n - chunk},
                                                   {2 * chunk, 0, n - 2 * chunk},
                                                   {0, n / 2, 0, n / 2, 0},
                                                   {7, 1500, 1500, 1500, n - 4507}};
  Record expected;
  for (const std::vector<std::size_t>& cut : cuts) {
    CAPTURE(cut.size());
    Arrays<T> arrays(cut);
    const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
    arrays.set_grad(g);
    const Summary read = vectors->read_gradient(0, false);
    const Summary steepest = vectors->steepest_descent(0);
    const Summary along = vectors->read_gradient(1, true);
    CHECK(along.product == steepest.product);
    CHECK(read.max == steepest.max);
    Record found;
    found.add(read);
    found.add(steepest);
    found.add(vectors->read_gradient(caller_slot, true));
    found.add(vectors->gradient_norm1(0));
    if (expected.size() == 0) expected = found;
    CHECK(found == expected);
  }
}

TEST_CASE("moving on writes the caller's arrays only where they were not written with that very trial") {
  constexpr double t = 0.25;
  const Vector x{1.0, 2.0, 3.0};
  const Vector there{0.5, 2.5, 2.0};  // x - t g
  // What happens between writing the trial and moving on, whether that one must write, and how far it moves.
  struct Case {
    const char* what;
    std::function<void(Vectors&)> meanwhile;
    bool writes;
    double t = 0.25;
  };
  const Case cases[] = {
      {"nothing", [](Vectors&) {}, false},
      {"the gradient is read", [](Vectors& w) { w.read_gradient(caller_slot, true); }, false},
      {"it is found still there", [](Vectors& w) { CHECK(w.holds_trial(0.25)); }, false},
      {"another trial is not there", [](Vectors& w) { CHECK_FALSE(w.holds_trial(0.5)); }, false},
      {"another step is taken", [](Vectors&) {}, true, 0.5},
      {"another trial is written", [](Vectors& w) { w.write_trial(0.5); }, true},
      {"a trial that is not a number is written", [](Vectors& w) { w.write_trial(std::nan("")); }, true},
      {"the point is restored", [](Vectors& w) { w.restore_point(); }, true},
      {"the direction is dropped", [](Vectors& w) { w.roll_back(); }, true},
      {"it is written again after that",
       [](Vectors& w) {
         w.restore_point();
         w.write_trial(0.25);
       },
       false},
  };
  for (const Case& now : cases) {
    CAPTURE(now.what);
    Arrays<double> arrays({2, 1});
    const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
    arrays.set_x(x);
    arrays.set_grad({2.0, -2.0, 4.0});
    vectors->read_point();
    vectors->read_gradient(0, false);
    vectors->steepest_descent(0);
    vectors->commit();
    vectors->write_trial(t);
    CHECK(arrays.x() == there);
    now.meanwhile(*vectors);
    Vector edited = arrays.x();
    edited[1] = 77.0;  // shows whether it is written
    arrays.set_x(edited);
    vectors->advance(now.t);
    const Vector reached = now.t == t ? there : Vector{0.0, 3.0, 1.0};
    CHECK(point(*vectors) == reached);
    CHECK(arrays.x() == (now.writes ? reached : edited));
    // Once moved on, the same step is another one.
    vectors->advance(t);
    CHECK(arrays.x() == point(*vectors));
    CHECK(arrays.x()[0] == reached[0] - 0.5);
  }
}

TEST_CASE("a trial found in the caller's arrays need not be written again") {
  Arrays<double> arrays({2});
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 1);
  const Vector x{1.0, 2.0};
  const Vector d{4.0, -8.0};
  vectors->import_point(x.data(), 2);
  vectors->import_direction(d.data());
  arrays.set_x({3.0, -2.0});
  CHECK(vectors->holds_trial(0.5));
  arrays.set_x({3.0, 99.0});
  vectors->advance(0.5);
  CHECK(point(*vectors) == Vector{3.0, -2.0});
  CHECK(arrays.x() == Vector{3.0, 99.0});
}

TEST_CASE("a parameter that is out of reach is neither written nor moved") {
  for (const Index size : {Index{2}, chunk_size}) {
    const auto n = static_cast<std::size_t>(size);
    std::vector<double> a(n, 1.0);
    std::vector<double> b(n, 1.0);
    std::vector<double> grad(n, 2.0);
    const std::unique_ptr<Vectors> vectors =
        cpu_vectors(Parameters({{Dtype::float64, size, a.data(), Dtype::float64, grad.data()},
                                {Dtype::float64, size, b.data(), Dtype::float64, grad.data()}}),
                    1);
    vectors->read_point();
    vectors->read_gradient(0, false);
    vectors->steepest_descent(0);
    vectors->parameters()[1].data = nullptr;
    CHECK(vectors->write_trial(0.5));
    CHECK(vectors->holds_trial(0.5));
    vectors->advance(0.5);
    CHECK(a == std::vector<double>(n, 0.0));
    CHECK(b == std::vector<double>(n, 1.0));
    vectors->parameters()[1].data = b.data();
    vectors->restore_point();
    CHECK(a == std::vector<double>(n, 0.0));
    CHECK(b == std::vector<double>(n, 1.0));
  }
}

}  // namespace lbfgs::test
