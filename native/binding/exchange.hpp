// The block of numbers through which TypeScript and the core pass options, outcomes and scalar state.
//
// The block is one Float64Array that both sides keep, so that passing a number needs no call.
#pragma once

#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/memory/memory.hpp"
#include "core/optimizer.hpp"
#include "core/recursion/recursion.hpp"

namespace lbfgs {

/// The numbers, in the order of lib/native/exchange.ts. Flags are 1 or 0.
inline constexpr std::string_view field_names[] = {
    // Options, read when a step begins. lineSearch is a LineSearch, method a Method, and maxLs is -1 where there is
    // no limit.
    "lr", "maxIter", "maxEval", "toleranceGrad", "toleranceChange", "historySize", "lineSearch", "maxLs", "threads",
    "historyFloat32", "method", "toleranceGradRelative", "noise", "diagonal", "relativePairs",
    // Read by the constructor of an optimiser. distributed: whether other processes hold parameters too, which requires
    // the compact recursion. recursion: 0 for the faster one, otherwise 1 + a Recursion.
    "distributed", "recursion",
    // A request and its answer. toldLoss is read by tell(). `called`, read by rollBack(), says whether the closure has
    // been called for the request. `asked` is an Asked, or -1 where wantedBytes (0: an unknown number) of memory could
    // not be had. A reduction is of `added` sums and `largest` maxima.
    "toldLoss", "called", "asked", "wantedBytes", "added", "largest",
    // The outcome, written whenever an iteration is reported or a step ends.
    "status", "initialLoss", "loss", "gradMax", "current", "iterations", "evaluations", "stepSize", "gradBound",
    "promised", "sensitivity", "noiseFound", "residualOrder", "blamesGradient", "gradientStale",
    // The state, written by readState() and read by load().
    "funcEvals", "nIter", "t", "hDiag", "prevLoss", "known", "stalled", "gradReference", "historyLength",
    // Written by readState(): whether the step that runs, or else the next one, begins with a reduction of the products
    // of the stored pairs (State::uncombined).
    "uncombined"};

/// All names behind the numbers that both sides exchange, in their order: fields, statuses, recursions and line
/// searches. TypeScript compares it with its own when it loads the binary.
std::string layout();

/// The index of a number, found by its name when this is compiled.
struct Field {
  consteval Field(const char* name) {
    while (field_names[index] != name) ++index;
  }
  std::size_t index = 0;
};

class Exchange {
public:
  explicit Exchange(double* numbers) : numbers_(numbers) {}

  Options options() const;
  bool distributed() const { return get("distributed") != 0.0; }
  std::optional<Recursion> recursion() const;
  double told_loss() const { return get("toldLoss"); }
  bool called() const { return get("called") != 0.0; }
  void write_asked(Asked asked) { set("asked", static_cast<int>(asked)); }
  void write_reduction(const Sums& sums) {
    set("added", sums.added_count);
    set("largest", sums.largest_count);
  }
  void write_outcome(const Outcome& outcome, bool gradient_stale);
  void write_state(const State& state, Index history_length);
  /// The scalars of a state, without prev_gradient.
  State state() const;

  /// Runs `work`. Returns false where memory for it could not be allocated, and writes that into the block. TypeScript
  /// makes the error, because an error made here would belong to the addon's realm and not to the caller's.
  template <class Work>
  bool within_memory(Work&& work) {
    double wanted = 0.0;
    try {
      work();
      return true;
    } catch (const OutOfMemory& error) {
      wanted = error.bytes();
    } catch (const std::bad_alloc&) {
    } catch (const std::length_error&) {
    }
    set("asked", -1);
    set("wantedBytes", wanted);
    return false;
  }

private:
  double get(Field field) const { return numbers_[field.index]; }
  std::int64_t get_count(Field field) const { return static_cast<std::int64_t>(get(field)); }
  template <class Number>
  void set(Field field, Number value) {
    numbers_[field.index] = static_cast<double>(value);
  }

  double* numbers_;
};

}  // namespace lbfgs
