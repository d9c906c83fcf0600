// The passes over a region: against what they are defined as, entry by entry, and with the same bits in every set.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernel_tables.hpp"
#include "record.hpp"

namespace lbfgs::test {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Points in boxes of every kind, many of them on a bound or at 0, with a gradient and a direction.
struct Scene {
  explicit Scene(Random& random, Index n) {
    for (Index i = 0; i < n; ++i) {
      const double kind = random.next();
      const double middle = random.next();
      const double width = kind < -0.8 ? 0.0 : std::abs(random.next());
      double below = kind > 0.6 ? -infinite : middle - width;
      double above = kind > 0.4 && kind < 0.9 ? infinite : middle + width;
      if (kind > -0.3 && kind < 0.0) below = 0.0;
      if (kind > -0.6 && kind < -0.3) above = 0.0;
      if (below > above) std::swap(below, above);
      lower.push_back(below);
      upper.push_back(above);
      weights.push_back(random.next() > 0.0 ? std::abs(random.next()) : 0.0);
      const double place = random.next();
      double at = place < -0.5 ? below : (place < 0.0 ? above : (place < 0.3 ? 0.0 : middle));
      if (!std::isfinite(at)) at = middle;
      x.push_back(std::clamp(at, below, above) + 0.0);
      g.push_back(random.next() > 0.9 ? 0.0 : random.next());
      d.push_back(random.next() > 0.8 ? 0.0 : random.next());
    }
  }

  RegionPart part() const { return {lower.data(), upper.data(), weights.data()}; }

  std::vector<double> lower, upper, weights, x, g, d;
};

double soft(double v, double weight) { return std::copysign(std::max(std::abs(v) - weight, 0.0), v); }
bool close(double a, double b) { return std::abs(a - b) <= 1e-12 * (1.0 + std::abs(a) + std::abs(b)); }

// The smallest derivative of f + w |x| along -1 and +1 tells which way an entry wants to go: its slope, 0 if it stays.
double free_slope(const Scene& scene, std::size_t i) {
  const double x = scene.x[i];
  const double w = scene.weights[i];
  const double up = scene.g[i] + (x >= 0.0 ? w : -w);
  const double down = scene.g[i] - (x <= 0.0 ? w : -w);
  if (up < 0.0 && x < scene.upper[i]) return up;
  if (down > 0.0 && x > scene.lower[i]) return down;
  return 0.0;
}

// x + t d where neither a bound nor, under a penalty, 0 stops it.
double moved(const Scene& scene, std::size_t i, double t) {
  const double x = scene.x[i];
  double to = std::clamp(x + t * scene.d[i], scene.lower[i], scene.upper[i]);
  if (scene.weights[i] > 0.0 && x * to < 0.0) to = 0.0;
  return scene.d[i] == 0.0 ? x : to;
}

}  // namespace

TEST_CASE("the face of a region has the entries that can go down, with their slopes") {
  for_each_set_and_size<RegionKernels>([](const RegionKernels& kernels, Index n) {
    Random random(5);
    const Scene scene(random, n);
    Guarded<double> slopes(n);
    Guarded<double> is_free(n);
    kernels.face(scene.part(), scene.x.data(), scene.g.data(), slopes.data(), is_free.data(), n);
    bool right = true;
    for (std::size_t i = 0; i < count(n); ++i) {
      const double slope = free_slope(scene, i);
      right = right && slopes.values()[i] == slope && (slope == 0.0 || is_free.values()[i] == 1.0);
      const bool inside = scene.x[i] > scene.lower[i] && scene.x[i] < scene.upper[i];
      if (inside && scene.x[i] != 0.0) right = right && is_free.values()[i] == 1.0;
      if (scene.lower[i] == scene.upper[i]) right = right && is_free.values()[i] == 0.0;
      if (n > 1000 && i > 100) break;
    }
    CHECK(right);
  });
}

TEST_CASE("a trial is stopped at the bounds, and at 0 under a penalty, to the bit") {
  for_each_set_and_size<RegionKernels>([](const RegionKernels& kernels, Index n) {
    for (const double t : {0.01, 1.0, 300.0}) {
      Random random(6);
      Scene scene(random, n);
      Guarded<double> out(n);
      const Summary found =
          kernels.move(scene.part(), scene.x.data(), t, scene.d.data(), scene.g.data(), out.data(), n);
      const std::vector<double> to = out.values();
      double product = 0.0;
      bool right = true;
      bool stopped = false;
      for (std::size_t i = 0; i < count(n); ++i) {
        right = right && to[i] >= scene.lower[i] && to[i] <= scene.upper[i] && !(to[i] == 0.0 && std::signbit(to[i]));
        // On a bound, or at 0, an outward direction is stopped at once.
        const double wanted = moved(scene, i, t);
        right = right && to[i] == wanted;
        stopped = stopped || (scene.d[i] != 0.0 && wanted != scene.x[i] + t * scene.d[i]);
        const double side = scene.x[i] != 0.0 ? scene.x[i] : scene.d[i];
        const double slope = scene.g[i] + (side == 0.0 ? 0.0 : std::copysign(scene.weights[i], side));
        product += slope * (to[i] - scene.x[i]);
      }
      CHECK(right);
      if (stopped) CHECK(found.max > 0.0);
      CHECK(close(found.product, product));
      // Reading the gradient there sees the same trial.
      Guarded<double> g(n);
      const RegionSums sums =
          kernels.read(scene.part(), scene.g.data(), scene.x.data(), t, scene.d.data(), g.data(), n);
      double penalty = 0.0;
      double residual = 0.0;
      for (std::size_t i = 0; i < count(n); ++i) {
        penalty += scene.weights[i] * std::abs(to[i]);
        const double kept = scene.lower[i] == scene.upper[i] ? 0.0 : scene.g[i];
        right = right && g.values()[i] == kept;
        const double best = std::clamp(soft(to[i] - kept, scene.weights[i]), scene.lower[i], scene.upper[i]);
        residual = std::max(residual, std::abs(best - to[i]));
        if (n > 1000) break;
      }
      CHECK(right);
      if (n < 1000) CHECK(close(sums.penalty, penalty));
      if (n < 1000) CHECK(close(sums.gradient.max, residual));
      // And so does moving there.
      std::vector<double> x = scene.x;
      std::vector<double> d = scene.d;
      kernels.advance(scene.part(), x.data(), t, d.data(), n);
      CHECK(x == to);
      for (std::size_t i = 0; i < count(n); ++i) right = right && d[i] == to[i] - scene.x[i];
      CHECK(right);
    }
  });
}

TEST_CASE("the residual does not vanish where x is large beside the gradient") {
  for (const InstructionSet& set : compilations()) {
    const RegionKernels& kernels = std::get<RegionKernels>(*set.kernels);
    const double lower = -infinite;
    const double upper = infinite;
    const double weight = 0.0;
    const double x = 1e10;
    const double g = 1e-10;
    const RegionSums sums = kernels.read({&lower, &upper, &weight}, &g, &x, 0.0, nullptr, nullptr, 1);
    CHECK(sums.gradient.max == 1e-10);
  }
}

TEST_CASE("a direction that is settled points into the region") {
  for_each_set_and_size<RegionKernels>([](const RegionKernels& kernels, Index n) {
    for (const bool inside : {false, true}) {
      Random random(7);
      Scene scene(random, n);
      std::vector<double> slopes(count(n));
      std::vector<double> is_free(count(n));
      kernels.face(scene.part(), scene.x.data(), scene.g.data(), slopes.data(), is_free.data(), n);
      Guarded<double> d(scene.d);
      const RegionLine line =
          kernels.settle(scene.part(), scene.x.data(), slopes.data(), is_free.data(), inside, d.data(), n);
      bool right = true;
      double last = 0.0;
      scene.d = d.values();
      for (std::size_t i = 0; i < count(n); ++i) {
        if (is_free[i] == 0.0) right = right && scene.d[i] == 0.0;
        if (scene.d[i] == 0.0) continue;
        right = right && moved(scene, i, 1e-9) != scene.x[i];
        double end = scene.d[i] > 0.0 ? scene.upper[i] : scene.lower[i];
        if (scene.weights[i] > 0.0 && scene.x[i] * scene.d[i] < 0.0)
          end = std::clamp(0.0, scene.lower[i], scene.upper[i]);
        last = std::max(last, (end - scene.x[i]) / scene.d[i]);
        if (inside) right = right && std::abs(scene.d[i]) <= std::abs(end - scene.x[i]) * (1.0 + 1e-15);
      }
      CHECK(right);
      CHECK(line.last_stop == last);
    }
  });
}

TEST_CASE("every instruction set gives the same bits of a region") {
  const std::vector<InstructionSet> sets = compilations();
  for (const Index n : kernel_sizes) {
    std::vector<Record> entries(sets.size());
    std::vector<Record> sums(sets.size());
    for (std::size_t set = 0; set < sets.size(); ++set) {
      const RegionKernels& kernels = std::get<RegionKernels>(*sets[set].kernels);
      Random random(8);
      Scene scene(random, n);
      std::vector<double> a(count(n));
      std::vector<double> b(count(n));
      kernels.face(scene.part(), scene.x.data(), scene.g.data(), a.data(), b.data(), n);
      entries[set].add(a);
      const RegionLine line = kernels.settle(scene.part(), scene.x.data(), a.data(), b.data(), true, scene.d.data(), n);
      entries[set].add(scene.d);
      entries[set].add(line.last_stop);
      entries[set].add(line.relative);
      sums[set].add(line.d.product);
      sums[set].add(
          kernels.move(scene.part(), scene.x.data(), 0.7, scene.d.data(), scene.g.data(), a.data(), n).product);
      const RegionSums read =
          kernels.read(scene.part(), scene.g.data(), scene.x.data(), 0.7, scene.d.data(), b.data(), n);
      for (const double sum : {read.gradient.product, read.end_product, read.penalty}) sums[set].add(sum);
      entries[set].add(read.gradient.max);
      entries[set].add(a);
      kernels.advance(scene.part(), scene.x.data(), 0.7, scene.d.data(), n);
      entries[set].add(scene.x);
    }
    for (std::size_t set = 1; set < sets.size(); ++set) {
      CAPTURE(sets[set].name);
      CAPTURE(n);
      CHECK(entries[set] == entries[0]);
      if (sets[set].kernels != &scalar::kernels) CHECK(sums[set] == sums[0]);
    }
  }
}

}  // namespace lbfgs::test
