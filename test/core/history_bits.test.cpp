// A history is its pairs: whatever way they came in, directions have the same bits. A resumed training relies on it.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "histories.hpp"

namespace lbfgs::test {
namespace {

constexpr std::size_t lengths[] = {13, 100, 2 * chunk_size + 77};
// The last two are two blocks each in the two loops, one of either size.
constexpr Index capacities[] = {1, 2, 3, 5, 9, 11};

template <class Work>
void for_each_shape(Work&& work) {
  for (const std::size_t n : lengths) {
    for (const Index capacity : capacities) {
      CAPTURE(n);
      CAPTURE(capacity);
      work(n, capacity);
    }
  }
}

// Entries of every bit, as moves in the course of a training have them.
template <class K>
struct Moves {
  using T = typename K::T;

  Random random;
  std::size_t n;
  std::vector<T> d = {};
  std::vector<T> g = {};
  std::vector<T> g_before = {};

  // Draws the next move, one of negative curvature where it is to be refused.
  void draw(bool refused = false) {
    d = random.vector<T>(n);
    g = random.vector<T>(n);
    g_before = g;
    const T sign = refused ? T(-1) : T(1);
    for (std::size_t i = 0; i < n; ++i) g_before[i] -= sign * d[i] * static_cast<T>(0.2 + std::abs(random.next()));
  }
  Move<T> move() const { return {0.7, d.data(), g.data(), g_before.data(), static_cast<Index>(n)}; }
  std::vector<double> gradient() const { return {g.begin(), g.end()}; }
};

// Form, push and direction, with the move's gradient; nothing is committed.
template <class K>
std::vector<std::uint64_t> iterate(HistoryOf<K>& history, const Moves<K>& moves, bool taken = true) {
  const Curvature curvature = history->form(moves.move());
  CHECK(PairPolicy{}.takes(curvature, 0.0) == taken);
  if (taken) history->push(curvature);
  return bits(history.direction(curvature.ys > 0.0 ? curvature.scale() : 0.5, moves.gradient()));
}

}  // namespace

TEST_CASE_TEMPLATE("a loaded history goes on to the bit like the one that grew, on any number of threads", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> grown(n, capacity);
    Moves<K> moves{Random(51), n};
    for (int iteration = 0; iteration < 12; ++iteration) {
      CAPTURE(iteration);
      HistoryOf<K> resumed(n, capacity, 1 + iteration % 3);
      resumed.load(grown);
      moves.draw();
      const auto d = iterate(grown, moves);
      CHECK(d == iterate(resumed, moves));
      grown->commit();
      resumed->commit();
      CHECK(grown.pairs() == resumed.pairs());
      // Without a proposal, as the next step has it that stops here.
      moves.draw();
      const auto without = bits(grown.direction(0.5, moves.gradient()));
      CHECK(without == bits(resumed.direction(0.5, moves.gradient())));
      HistoryOf<K> again(n, capacity);
      again.load(grown);
      CHECK(without == bits(again.direction(0.5, moves.gradient())));
      CHECK(without != d);
    }
  });
}

TEST_CASE_TEMPLATE("a pair that no direction was made of counts in the next one as any other", K, TwoLoopFloat,
                   TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> used(n, capacity);
    HistoryOf<K> unused(n, capacity);
    Moves<K> moves{Random(57), n};
    for (int iteration = 0; iteration < 13; ++iteration) {
      CAPTURE(iteration);
      moves.draw();
      iterate(used, moves);
      unused->push(unused->form(moves.move()));
      used->commit();
      unused->commit();
      if (iteration % 3 == 2) {
        const auto d = bits(used.direction(0.5, moves.gradient()));
        CHECK(d == bits(unused.direction(0.5, moves.gradient())));
        CHECK(d == bits(used.direction(0.5, moves.gradient())));
      }
    }
  });
}

TEST_CASE_TEMPLATE("what is rolled back leaves no bit behind", K, TwoLoopFloat, TwoLoopDouble, TwoLoopMixed,
                   CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> straight(n, capacity);
    HistoryOf<K> wavering(n, capacity);
    Moves<K> moves{Random(52), n};
    for (int iteration = 0; iteration < 8; ++iteration) {
      CAPTURE(iteration);
      for (int attempt = 0; attempt < 3; ++attempt) {
        const bool refused = attempt == 1;
        moves.draw(refused);
        if (attempt == 2) {
          wavering->form(moves.move());  // and no more
        } else {
          iterate(wavering, moves, !refused);
        }
        if (attempt == 0 && iteration % 2 == 0) wavering->clear();
        wavering->roll_back();
        moves.draw();
        CHECK(bits(wavering.direction(0.5, moves.gradient())) == bits(straight.direction(0.5, moves.gradient())));
      }
      moves.draw();
      CHECK(iterate(wavering, moves) == iterate(straight, moves));
      wavering->commit();
      straight->commit();
      CHECK(wavering.pairs() == straight.pairs());
    }
  });
}

TEST_CASE_TEMPLATE("after a refused pair the direction is that of the pairs there are, the oldest included", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> history(n, capacity);
    Moves<K> moves{Random(53), n};
    for (int iteration = 0; iteration < 7; ++iteration) {
      CAPTURE(iteration);
      moves.draw();
      iterate(history, moves);
      history->commit();
      for (int refusals = 0; refusals < 2; ++refusals) {
        moves.draw(true);
        HistoryOf<K> same(n, capacity);
        same.load(history);
        const auto d = iterate(history, moves, false);
        CHECK(d == bits(same.direction(0.5, moves.gradient())));
        CHECK(d == bits(history.direction(0.5, moves.gradient())));  // and once more
        history->commit();
        CHECK(history.pairs() == same.pairs());
      }
    }
  });
}

TEST_CASE_TEMPLATE("a history that was cleared fills to the bit like a new one", K, TwoLoopFloat, TwoLoopDouble,
                   TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> used(n, capacity);
    HistoryOf<K> fresh(n, capacity);
    Moves<K> moves{Random(54), n};
    for (int iteration = 0; iteration < 4; ++iteration) {
      moves.draw();
      iterate(used, moves);
      if (iteration == 3) used->clear();  // after a push, as the algorithm does it
      used->commit();
    }
    CHECK(used->size() == 0);
    for (int iteration = 0; iteration < 6; ++iteration) {
      CAPTURE(iteration);
      moves.draw();
      CHECK(iterate(used, moves) == iterate(fresh, moves));
      used->commit();
      fresh->commit();
      CHECK(used.pairs() == fresh.pairs());
    }
  });
}

TEST_CASE_TEMPLATE("pairs that went leave no bit behind, pushed or appended in any order", K, TwoLoopFloat,
                   TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  for_each_shape([](std::size_t n, Index capacity) {
    HistoryOf<K> mixed(n, capacity);
    Moves<K> moves{Random(55), n};
    for (int iteration = 0; iteration < 11; ++iteration) {
      CAPTURE(iteration);
      moves.draw();
      if (iteration % 3 == 1) {
        HistoryOf<K> source(n, 1);
        iterate(source, moves);
        source->commit();
        mixed.append(source.pairs().front());
      } else {
        iterate(mixed, moves);
        mixed->commit();
      }
      HistoryOf<K> newest(n, capacity);
      newest.load(mixed);
      moves.draw();
      CHECK(bits(mixed.direction(0.3, moves.gradient())) == bits(newest.direction(0.3, moves.gradient())));
    }
  });
}

TEST_CASE_TEMPLATE("coordinates that are not known are zero in the direction's pair too, wherever the chunks end", K,
                   TwoLoopFloat, TwoLoopDouble, TwoLoopMixed, CompactFloat, CompactDouble, CompactMixed) {
  constexpr std::size_t n = 2 * chunk_size + 77;
  constexpr Index chunk = chunk_length(n);
  for (const Index known : {Index{1}, Index{7}, Index{8}, chunk - 1, chunk, chunk + 9, 2 * chunk, Index{n} - 1}) {
    CAPTURE(known);
    HistoryOf<K> history(n, 3);
    HistoryOf<K> resumed(n, 3);
    Moves<K> moves{Random(56), n};
    moves.draw();
    Move<typename K::T> move = moves.move();
    move.known = known;
    const Curvature curvature = history->form(move);
    history->push(curvature);
    history->commit();
    const Pair pair = history.pairs().front();
    const std::vector<double> nothing(n - static_cast<std::size_t>(known));
    CHECK(std::vector<double>(pair.s.begin() + known, pair.s.end()) == nothing);
    CHECK(std::vector<double>(pair.y.begin() + known, pair.y.end()) == nothing);
    CHECK(pair.s[static_cast<std::size_t>(known) - 1] != 0.0);
    resumed.append(pair);
    moves.draw();
    CHECK(bits(history.direction(0.3, moves.gradient())) == bits(resumed.direction(0.3, moves.gradient())));
    CHECK(iterate(history, moves) == iterate(resumed, moves));
  }
}

}  // namespace lbfgs::test
