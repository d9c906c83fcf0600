// The passes over long vectors, on any number of threads: the same bits.
#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

#include "scattered.hpp"

namespace lbfgs::test {
namespace {

constexpr int thread_counts[] = {1, 2, 3, 4, 7};

template <class T>
void record_state(const Vectors& vectors, Record& record) {
  const auto n = static_cast<std::size_t>(vectors.size());
  std::vector<T> a(n);
  std::vector<T> b(n);
  vectors.export_point(a.data());
  record.add(a);
  vectors.export_direction(a.data());
  record.add(a);
  for (Slot slot = 0; slot < row_count; ++slot) {
    vectors.export_gradient(slot, a.data());
    record.add(a);
  }
  for (Index age = 0; age < vectors.history_size(); ++age) {
    record.add(vectors.export_pair(age, a.data(), b.data()));
    record.add(a);
    record.add(b);
  }
}

// Every pass of a vectors in the order of a training, with random gradients; everything that can be seen of it.
template <class T>
Record everything(Dtype history_dtype, int threads, Recursion recursion = Recursion::compact) {
  Random random(71);
  Scattered arrays(dtype_of<T> == Dtype::float32);
  arrays.draw_data(random);
  const std::unique_ptr<Vectors> vectors = cpu_vectors(arrays.parameters(), 3, history_dtype, recursion);
  vectors->set_threads(threads);
  CHECK(chunk_length(vectors->size()) == chunk_size);  // the arrays are cut at the chunks' borders
  Record record;
  record.add(vectors->read_point() ? 1.0 : 0.0);
  Slot before = 0;
  Slot here = 1;
  Slot other = 2;
  for (const Slot slot : {before, other, here}) {
    arrays.draw_gradient(random);
    record.add(vectors->read_gradient(slot, false));
  }
  for (int iteration = 0; iteration < 6; ++iteration) {
    record.add(vectors->gradient_norm1(here));
    record.add(vectors->gradient_max(here));
    if (iteration == 0) {
      record.add(vectors->steepest_descent(here));
    } else {
      const Index known = iteration == 3 ? chunk_size + 3 : vectors->size();
      const Curvature curvature = vectors->form_pair(0.7, here, before, known);
      record.add(curvature);
      vectors->push_pair({std::abs(curvature.ys), curvature.yy});
      record.add(vectors->quasi_newton(here, 0.5));
      if (iteration == 4) {
        vectors->roll_back();
        vectors->form_pair(0.7, here, before, vectors->size());
        record.add(vectors->quasi_newton(here, 0.5));  // the pair is not pushed
      }
    }
    const double t = 1.0 / (3.0 + iteration);
    record.add(vectors->write_trial(2.0 * t) ? 1.0 : 0.0);
    arrays.record(record);
    arrays.draw_gradient(random);
    record.add(vectors->read_gradient(caller_slot, true));
    record.add(vectors->read_gradient(other, true));
    record.add(vectors->holds_trial(2.0 * t) ? 1.0 : 0.0);
    vectors->restore_point();
    arrays.record(record);
    record.add(vectors->holds_trial(t) ? 1.0 : 0.0);
    vectors->advance(t);
    vectors->commit();
    arrays.draw_gradient(random);
    record.add(vectors->read_gradient(other, false));
    arrays.draw_gradient(random);
    vectors->write_gradient(here);
    arrays.record(record);
    record_state<T>(*vectors, record);
    const Slot oldest = before;
    before = here;
    here = other;
    other = oldest;
  }
  return record;
}

}  // namespace

TEST_CASE("every pass gives the same bits on any number of threads, whatever the arrays are cut into") {
  for (const Recursion recursion : {Recursion::compact, Recursion::two_loop}) {
    const Record narrow = everything<float>(Dtype::float32, 1, recursion);
    const Record wide = everything<double>(Dtype::float64, 1, recursion);
    const Record mixed = everything<double>(Dtype::float32, 1, recursion);
    CHECK(narrow.size() > 1000000);
    CHECK_FALSE(wide == mixed);
    for (const int threads : thread_counts) {
      CAPTURE(static_cast<int>(recursion));
      CAPTURE(threads);
      CHECK(everything<float>(Dtype::float32, threads, recursion) == narrow);
      CHECK(everything<double>(Dtype::float64, threads, recursion) == wide);
      CHECK(everything<double>(Dtype::float32, threads, recursion) == mixed);
    }
  }
}

TEST_CASE("optimisers in threads of their own share a pool and do not disturb each other") {
  const Record expected = everything<double>(Dtype::float64, 1);
  std::vector<Record> found(3);
  std::vector<std::thread> threads;
  for (Record& record : found) threads.emplace_back([&record] { record = everything<double>(Dtype::float64, 3); });
  for (std::thread& thread : threads) thread.join();
  for (const Record& record : found) CHECK(record == expected);
}

TEST_CASE("the number of threads can change between any two passes") {
  Scattered arrays(false);
  Scattered same(false);
  Random random(72);
  Random same_random(72);
  const auto step = [](Vectors& vectors, Scattered& scattered, Random& numbers, Record& record) {
    scattered.draw_gradient(numbers);
    record.add(vectors.read_point() ? 1.0 : 0.0);
    record.add(vectors.read_gradient(1, false));
    record.add(vectors.steepest_descent(1));
    record.add(vectors.read_gradient(caller_slot, true));
    record.add(vectors.read_gradient(1, true));
    record.add(vectors.write_trial(0.3) ? 1.0 : 0.0);
    vectors.advance(0.3);
    vectors.commit();
    scattered.record(record);
  };
  const std::unique_ptr<Vectors> one = cpu_vectors(arrays.parameters(), 1);
  const std::unique_ptr<Vectors> many = cpu_vectors(same.parameters(), 1);
  for (const int threads : {2, 5, 1, 3, 7, 4, 2}) {
    CAPTURE(threads);
    many->set_threads(threads);
    Record expected;
    Record found;
    step(*one, arrays, random, expected);
    step(*many, same, same_random, found);
    CHECK(found == expected);
  }
}

}  // namespace lbfgs::test
