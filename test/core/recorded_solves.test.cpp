// Whole solves have the bits that were recorded, in every form of the direction, of every type, on any number of
// threads.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "arrays.hpp"
#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "driver.hpp"
#include "record.hpp"

namespace lbfgs::test {
namespace {

// Every value and gradient that the solve meets, and the state that it leaves.
template <class T>
Record solve(std::size_t n, const Options& options, Recursion recursion) {
  Arrays<T> arrays({n / 3, n - n / 3});
  Vector start(n);
  for (std::size_t i = 0; i < n; ++i) start[i] = i % 2 == 0 ? -1.2 + 1e-3 * static_cast<double>(i % 17) : 1.0;
  arrays.set_x(start);
  Optimizer optimiser(cpu_vectors(arrays.parameters(), options.history_size, options.history_dtype, recursion));
  Record record;
  for (int step = 0; step < 2; ++step) {
    for (Asked asked = optimiser.begin(options, false); asked != Asked::done;) {
      const Vector x = arrays.x();
      Vector g(n);
      const double loss = rosenbrock(x, g);
      arrays.set_grad(g);
      record.add(x);
      record.add(loss);
      asked = optimiser.tell(loss);
    }
    record.add(optimiser.outcome().loss);
    record.add(optimiser.outcome().grad_max);
  }
  record.add(optimiser.state().t);
  record.add(optimiser.state().h_diag);
  std::vector<T> s(n);
  std::vector<T> y(n);
  for (Index age = 0; age < optimiser.vectors().history_size(); ++age) {
    record.add(optimiser.vectors().export_pair(age, s.data(), y.data()));
    record.add(s);
    record.add(y);
  }
  return record;
}

template <class T>
std::uint64_t all_solves(std::size_t n) {
  Record all;
  for (const Recursion recursion : {Recursion::two_loop, Recursion::compact}) {
    for (const LineSearch line_search : modes) {
      for (const std::int64_t history_size : {1, 2, 5, 10, 17}) {
        Options options = options_for(line_search, n < 10000 ? 30 : 12);
        options.lr = line_search == LineSearch::none ? 1e-3 : 1.0;
        options.history_size = history_size;
        all.add(solve<T>(n, options, recursion));
        options.threads = 2;
        options.history_dtype = Dtype::float32;
        all.add(solve<T>(n, options, recursion));
      }
    }
  }
  return all.hash();
}

struct Recorded {
  std::size_t n;
  std::uint64_t float32;
  std::uint64_t float64;
};

// What the core gave on 2026-11-29, before its code was rewritten.
constexpr Recorded recorded[] = {
    {2, 0xf635f689c95eb7ebU, 0xe16d9bab300686c2U},     {4, 0xb757f17a2b8b0076U, 0xc8ee393224296b05U},
    {7, 0xe4decb0f970d73d4U, 0x6e8d356aa763c7f6U},     {10, 0x91997ddca3669ee5U, 0x2fc4d7c57ca4fa84U},
    {15, 0x8840f52eccc45392U, 0xee9e70c977fb3be3U},    {16, 0xef602d5fbd10600cU, 0xac3501a640e13848U},
    {101, 0xe4166d88f29d4e43U, 0xc364b5ec8cd60bd7U},   {1000, 0xb782a6a413c74a61U, 0x3e2f3d55021e7483U},
    {40000, 0x54b5a56b71843ff7U, 0x39dc7b9d4e54c588U},
};

}  // namespace

TEST_CASE("solves have the bits that were recorded") {
  for (const Recorded& each : recorded) {
    CAPTURE(each.n);
    CHECK(all_solves<float>(each.n) == each.float32);
    CHECK(all_solves<double>(each.n) == each.float64);
  }
}

}  // namespace lbfgs::test
