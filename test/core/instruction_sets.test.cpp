// Every instruction set gives the same bits, whatever the entries are, and they are those that were recorded. The
// kernels of short vectors give the same entries; they add them up in another order.
#include "core/vectors/cpu/kernels/instruction_set.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

#include "core/memory/storage.hpp"
#include "kernel_tables.hpp"
#include "record.hpp"

namespace lbfgs::test {
namespace {

enum class Data { tame, wild, not_finite };

// Numbers of any size, zeros of both signs and denormals among them; or infinities and NaN too.
template <class T>
std::vector<T> entries(Random& random, Index n, Data data) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = random.vector<T>(count(n));
  if (data == Data::tame) return values;
  for (T& value : values) {
    const double kind = 10.0 * std::abs(random.next());
    if (kind < 1.0) value = std::copysign(T{0}, value);
    if (kind >= 1.0 && kind < 2.0) value *= Limits::min();  // a denormal
    if (kind >= 2.0 && kind < 3.0) value = std::copysign(Limits::denorm_min(), value);
    if (kind >= 3.0 && kind < 3.5) value *= Limits::max();
    if (kind >= 3.5 && kind < 4.0) value = std::copysign(Limits::max(), value);
    if (kind >= 4.0 && kind < 6.0) value = std::ldexp(value, static_cast<int>(100.0 * random.next()));
    if (data == Data::not_finite && kind >= 9.8) {
      value = kind < 9.9 ? Limits::quiet_NaN() : std::copysign(Limits::infinity(), value);
    }
  }
  return values;
}

// What kernels gave: what was added up, and everything else.
struct Outputs {
  Record sums;
  Record entries;

  void add(const Summary& summary) {
    sums.add(summary.product);
    entries.add(summary.max);
    entries.add(summary.finite ? 1.0 : 0.0);
  }
};

// Calls work(random, table, n, data, outputs) with the same numbers for every compilation, and compares the outputs
// with each other and with the hash that was recorded of them.
template <class Table, class Work>
void check_same_bits(std::uint64_t recorded, Work&& work) {
  const std::vector<InstructionSet> sets = compilations();
  Record all;
  for (const Index n : kernel_sizes) {
    for (const Data data : {Data::tame, Data::wild, Data::not_finite}) {
      for (std::uint64_t seed = 100; seed < (n < 100 ? 110 : 103); ++seed) {
        std::vector<Outputs> outputs(sets.size());
        for (std::size_t i = 0; i < sets.size(); ++i) {
          Random random(seed);
          work(random, std::get<Table>(*sets[i].kernels), n, data, outputs[i]);
        }
        for (std::size_t i = 1; i < sets.size(); ++i) {
          CAPTURE(sets[i].name);
          CAPTURE(n);
          CAPTURE(static_cast<int>(data));
          CAPTURE(seed);
          CHECK(outputs[i].entries == outputs[0].entries);
          if (sets[i].kernels != &scalar::kernels) CHECK(outputs[i].sums == outputs[0].sums);
        }
        for (const Outputs& each : {outputs.front(), outputs.back()}) {
          all.add(each.entries);
          all.add(each.sums);
        }
      }
    }
  }
  CHECK(all.hash() == recorded);
}

// What the kernels gave on 2026-11-29, before their code was rewritten.
template <class Table>
constexpr std::uint64_t recorded = 0;
template <>
constexpr std::uint64_t recorded<VectorKernels<float>> = 0x496422b0ac9b4fedU;
template <>
constexpr std::uint64_t recorded<VectorKernels<double>> = 0x825e654ec75ac39cU;
template <>
constexpr std::uint64_t recorded<CallerKernels<float, float>> = 0x4901eae4576cbc39U;
template <>
constexpr std::uint64_t recorded<CallerKernels<float, double>> = 0x6698398234d89b07U;
template <>
constexpr std::uint64_t recorded<CallerKernels<double, float>> = 0x5bf1a84d62027932U;
template <>
constexpr std::uint64_t recorded<CallerKernels<double, double>> = 0x03368afbb05eae5bU;
template <>
constexpr std::uint64_t recorded<PairKernels<float, float>> = 0x8e1ad509fa268ab4U;
template <>
constexpr std::uint64_t recorded<PairKernels<double, float>> = 0xdc3bcfb6914060b0U;
template <>
constexpr std::uint64_t recorded<PairKernels<double, double>> = 0x32c2685b332e7672U;
template <>
constexpr std::uint64_t recorded<DiagonalKernels<float>> = 0x57d23d12d690a4feU;
template <>
constexpr std::uint64_t recorded<DiagonalKernels<double>> = 0xaa515cd6700c1808U;

}  // namespace

TEST_CASE("the sets are named, the widest first, and the last one runs everywhere") {
  const std::vector<InstructionSet> sets = instruction_sets();
  CHECK(sets.back().name == "baseline");
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(sets[i].name != sets[j].name);
      CHECK(sets[i].kernels != sets[j].kernels);
    }
  }
  const char* const wanted = std::getenv("LBFGS_INSTRUCTION_SET");
  std::string_view expected = sets.front().name;
  for (const InstructionSet& set : sets) {
    if (wanted != nullptr && set.name == wanted) expected = set.name;
  }
  CHECK(instruction_set().name == expected);
  CHECK(&kernels<VectorKernels<float>>(1) == &std::get<VectorKernels<float>>(scalar::kernels));
  CHECK(&kernels<VectorKernels<float>>(chunk_size) == &std::get<VectorKernels<float>>(*instruction_set().kernels));
}

TEST_CASE_TEMPLATE("passes over vectors give the same bits on every instruction set", T, float, double) {
  check_same_bits<VectorKernels<T>>(recorded<VectorKernels<T>>, [](Random& random, const VectorKernels<T>& kernels,
                                                                   Index n, Data data, Outputs& outputs) {
    const std::vector<T> a = entries<T>(random, n, data);
    const std::vector<T> b = entries<T>(random, n, data);
    std::vector<T> d(count(n));
    outputs.sums.add(kernels.dot(a.data(), b.data(), n));
    outputs.sums.add(kernels.norm1(a.data(), n));
    outputs.add(kernels.summarise(a.data(), n));
    outputs.add(kernels.steepest(random.next(), a.data(), d.data(), n));
    outputs.entries.add(d);
  });
}

TEST_CASE_TEMPLATE("passes over the caller's arrays give the same bits on every instruction set", Y, FloatFloat,
                   FloatDouble, DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using E = typename Y::Other;
  check_same_bits<CallerKernels<T, E>>(
      recorded<CallerKernels<T, E>>,
      [](Random& random, const CallerKernels<T, E>& kernels, Index n, Data data, Outputs& outputs) {
        const std::vector<E> in = entries<E>(random, n, data);
        const std::vector<T> x = entries<T>(random, n, data);
        const std::vector<T> d = entries<T>(random, n, data);
        const double t = random.next();
        std::vector<T> g(count(n));
        std::vector<E> out(count(n));
        std::vector<T> moved = x;
        outputs.add(kernels.read(in.data(), g.data(), d.data(), n));
        outputs.entries.add(g);
        outputs.add(kernels.read(in.data(), nullptr, d.data(), n));
        outputs.add(kernels.read(in.data(), g.data(), nullptr, n));
        outputs.entries.add(g);
        outputs.add(kernels.read(in.data(), nullptr, nullptr, n));
        outputs.entries.add(kernels.move(x.data(), t, d.data(), out.data(), n) ? 1.0 : 0.0);
        outputs.entries.add(out);
        kernels.advance(moved.data(), t, d.data(), n);
        outputs.entries.add(moved);
      });
}

TEST_CASE_TEMPLATE("passes over curvature pairs give the same bits on every instruction set", Y, FloatFloat,
                   DoubleFloat, DoubleDouble) {
  using T = typename Y::T;
  using H = typename Y::Other;
  check_same_bits<PairKernels<T, H>>(recorded<PairKernels<T, H>>, [](Random& random, const PairKernels<T, H>& kernels,
                                                                     Index n, Data data, Outputs& outputs) {
    const std::vector<T> d = entries<T>(random, n, data);
    const std::vector<T> g = entries<T>(random, n, data);
    const std::vector<T> before = entries<T>(random, n, data);
    std::vector<H> s(count(n));
    std::vector<H> y(count(n));
    const Curvature curvature = kernels.form(random.next(), d.data(), g.data(), before.data(), s.data(), y.data(), n);
    outputs.sums.add(curvature);
    outputs.entries.add(s);
    outputs.entries.add(y);
    const Storage<H> past_caches(2, n);
    kernels.write_past_caches(0.3, d.data(), g.data(), before.data(), past_caches.row(0), past_caches.row(1), n);
    for (Index row = 0; row < 2; ++row)
      outputs.entries.add(std::vector<H>(past_caches.row(row), past_caches.row(row) + n));
    constexpr Index rows_count = 13;
    std::vector<std::vector<H>> stored;
    std::vector<const H*> rows;
    for (Index row = 0; row < rows_count; ++row) stored.push_back(entries<H>(random, n + 3, data));
    for (const std::vector<H>& row : stored) rows.push_back(row.data() + rows.size() % 4);
    std::vector<double> with_g(rows_count);
    std::vector<double> with_y(rows_count);
    kernels.dots(rows.data(), rows_count, g.data(), n, with_g.data());
    outputs.sums.add(with_g);
    kernels.stored_dots(rows.data(), rows_count, y.data(), n, with_y.data());
    outputs.sums.add(with_y);
    std::vector<double> sum = entries<double>(random, n, data);
    kernels.sum_dots(rows.data(), rows_count, sum.data(), n, with_y.data());
    outputs.sums.add(with_y);
    kernels.two_dots(rows.data(), rows_count, g.data(), y.data(), n, with_g.data(), with_y.data());
    outputs.sums.add(with_g);
    outputs.sums.add(with_y);
    const std::vector<double> factors = entries<double>(random, rows_count, data);
    for (const Index these : {Index{1}, Index{5}, rows_count}) {  // five have code of their own
      std::vector<double> with_sum(count(these));
      kernels.add_rows(random.next(), rows.data(), factors.data(), these, sum.data(), n, with_sum.data());
      outputs.entries.add(sum);
      outputs.sums.add(with_sum);
      kernels.combine(random.next(), g.data(), rows.data(), factors.data(), these, sum.data(), n, with_sum.data());
      outputs.entries.add(sum);
      outputs.sums.add(with_sum);
      std::vector<T> finished(count(n));
      outputs.add(
          kernels.finish(random.next(), rows.data(), factors.data(), these, sum.data(), g.data(), finished.data(), n));
      outputs.entries.add(finished);
    }
  });
}

TEST_CASE_TEMPLATE("passes over a diagonal matrix give the same bits on every instruction set", H, float, double) {
  using Kernels = DiagonalKernels<H>;
  check_same_bits<Kernels>(recorded<Kernels>,
                           [](Random& random, const Kernels& kernels, Index n, Data data, Outputs& outputs) {
                             const std::vector<H> s = entries<H>(random, n, data);
                             const std::vector<H> y = entries<H>(random, n, data);
                             const std::vector<double> inverse = entries<double>(random, n, data);
                             const auto [y_d_y, s_b_s, ss] = kernels.products(s.data(), y.data(), inverse.data(), n);
                             outputs.sums.add(std::vector<double>{y_d_y, s_b_s, ss});
                             std::vector<double> out(count(n));
                             const DiagonalChange change{1.0 + random.next(), random.next(), random.next()};
                             kernels.update(change, s.data(), y.data(), inverse.data(), out.data(), n);
                             outputs.entries.add(out);
                             kernels.multiply(inverse.data(), out.data(), n);
                             outputs.entries.add(out);
                           });
}

}  // namespace lbfgs::test
