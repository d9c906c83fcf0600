// The block of numbers through which TypeScript and the core pass options, outcomes and scalar state.
//
// One Float64Array that both sides keep: a number costs no call. lib/native/native.ts names the same fields in the same
// order.
#pragma once

#include <optional>
#include <string>

#include "core/optimizer.hpp"
#include "core/recursion/recursion.hpp"

namespace lbfgs {

enum class Field : int {
  // options, read by begin()
  lr,
  max_iter,
  max_eval,
  tolerance_grad,
  tolerance_change,
  history_size,
  line_search,  // a LineSearch
  max_ls,       // -1: none
  threads,
  history_float32,  // 1 or 0
  method,           // a Method
  tolerance_grad_relative,
  noise,
  diagonal,        // 1 or 0
  relative_pairs,  // 1 or 0
  recursion,        // read where an optimiser is made: 0 the faster one, or 1 + a Recursion
  // one request and its answer
  told_loss,     // read by tell()
  called,        // 1 once the closure has been called for the open request, read by rollBack(); else 0
  asked,         // what the core asks for next; -1: memory could not be had
  wanted_bytes,  // of the memory that could not be had; 0: not known
  // outcome, written whenever an iteration is reported or a step ends
  status,
  initial_loss,
  loss,
  grad_max,
  current,  // 1 or 0
  iterations,
  evaluations,
  step_size,
  grad_bound,
  promised,
  sensitivity,
  noise_found,
  residual_order,
  gradient_stale,  // 1 or 0
  // state, written by readState() and read by load()
  func_evals,
  n_iter,
  t,
  h_diag,
  prev_loss,
  known,
  stalled,
  history_length,
  count
};

/// The names behind the numbers that both sides exchange, in their order: fields, statuses, recursions and line
/// searches. TypeScript compares it with its own when it loads the binary.
std::string layout();

class Exchange {
public:
  explicit Exchange(double* numbers) : numbers_(numbers) {}

  Options options() const;
  std::optional<Recursion> recursion() const;
  double told_loss() const { return get(Field::told_loss); }
  bool called() const { return get(Field::called) != 0.0; }
  void write_asked(Asked asked) { set(Field::asked, static_cast<int>(asked)); }
  /// What TypeScript makes the error of: an error made here would belong to the addon's realm, not to the caller's.
  void write_out_of_memory(double wanted_bytes) {
    set(Field::asked, -1);
    set(Field::wanted_bytes, wanted_bytes);
  }
  void write_outcome(const Outcome& outcome, bool gradient_stale);
  void write_state(const State& state, Index history_length);
  /// The scalars of a state; its gradient slot is not one of them.
  State state() const;

private:
  double get(Field field) const { return numbers_[static_cast<int>(field)]; }
  std::int64_t get_count(Field field) const { return static_cast<std::int64_t>(get(field)); }
  template <class Number>
  void set(Field field, Number value) {
    numbers_[static_cast<int>(field)] = static_cast<double>(value);
  }

  double* numbers_;
};

}  // namespace lbfgs
