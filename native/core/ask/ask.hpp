// How an algorithm gets what it needs from outside: it suspends with a request, and goes on with the answer.
#pragma once

#include <cstdint>

#include "core/ask/reduction.hpp"
#include "core/ask/sample.hpp"
#include "core/ask/task.hpp"
#include "core/types/index.hpp"

namespace lbfgs {

/// The pending request. lib/native/exchange.ts has the same numbers.
enum class Asked : int {
  done = 0,       ///< none: the step has ended
  evaluate = 1,   ///< the loss and the gradient at x + t d
  iteration = 2,  ///< whether to go on after a complete iteration
  reduce = 3      ///< numbers of this process, to be combined with those of the others
};

/// The algorithm's side requests (`at`, `iteration`, `reduce`); the caller's side reads the request and answers it.
class Ask {
public:
  /// A reduction of `finding`. `co_await` on a Reduction suspends only where several processes hold the parameters.
  template <class Finding>
  struct Reduction {
    Ask& ask;
    Finding& finding;

    bool await_ready() const noexcept { return !ask.distributed_; }
    void await_suspend(std::coroutine_handle<> self) const noexcept {
      ask.request(sums_of(finding, ask.numbers_));
      ask.suspended_ = self;
    }
    void await_resume() const noexcept {
      if (ask.distributed_) take(ask.numbers_, finding);
    }
  };

  /// Requests the sample at x + t d.
  Question<Sample> at(double t) {
    asked_ = Asked::evaluate;
    t_ = t;
    return {suspended_, sample_};
  }

  /// Until the next keep() or begin_line() no evaluation overwrites the gradient of this sample. To be called right
  /// before at(): the sample's slot changes now, and its gradient is copied there when the request is served.
  void keep(Sample& sample) {
    copy_due_ = sample.slot == caller_slot;
    if (copy_due_) sample.slot = spare_;
    kept_ = sample.slot;
  }

  /// Reports a complete iteration; the answer is whether to go on.
  Question<bool> iteration() {
    asked_ = Asked::iteration;
    return {suspended_, go_on_};
  }

  /// Requests a reduction: `finding`, which is that of this process' part, becomes that of all processes together.
  template <class Finding>
  Reduction<Finding> reduce(Finding& finding) {
    return {*this, finding};
  }
  /// Whether several processes hold the parameters.
  bool distributed() const { return distributed_; }

  Asked asked() const { return asked_; }
  double t() const { return t_; }
  const Sums& sums() const { return sums_; }
  /// Whether the gradient in the caller's arrays is to be copied into the spare row before they change.
  bool copy_due() const { return copy_due_; }
  Slot spare() const { return spare_; }
  /// Where the next evaluation leaves its gradient: in the spare row, unless a kept gradient is in that row.
  Slot next_slot() const { return kept_ == spare_ ? caller_slot : spare_; }
  /// Evaluations answered since `reset`.
  std::int64_t evaluations() const { return evaluations_; }

  /// Forgets the request and the count. distributed: several processes hold the parameters.
  void reset(bool distributed = false) {
    asked_ = Asked::done;
    evaluations_ = 0;
    distributed_ = distributed;
    combines_ = false;
  }
  /// Starts a line. spare: the row that neither the line's start nor the committed state needs.
  void begin_line(Slot spare) {
    spare_ = spare;
    kept_ = no_slot;
    copy_due_ = false;
  }
  void answer(const Sample& sample) {
    sample_ = sample;
    copy_due_ = false;
    ++evaluations_;
    resume();
  }
  /// Requests a reduction of an evaluation of this process' part. answer_reduced() then returns the combined one.
  void combine(const Evaluation& mine) {
    evaluation_ = mine;
    request(sums_of(evaluation_, numbers_));
    combines_ = true;
  }
  void answer(bool go_on) {
    go_on_ = go_on;
    resume();
  }
  /// To be called when the numbers of sums() have been combined. After combine(), returns the combined evaluation,
  /// which the caller passes to answer(). After reduce(), resumes the algorithm and returns null.
  const Evaluation* answer_reduced() {
    if (!combines_) {
      resume();
      return nullptr;
    }
    combines_ = false;
    take(numbers_, evaluation_);
    return &evaluation_;
  }

private:
  void request(const Sums& sums) {
    asked_ = Asked::reduce;
    sums_ = sums;
  }
  void resume() {
    asked_ = Asked::done;
    suspended_.resume();
  }

  std::coroutine_handle<> suspended_;  // the innermost coroutine
  Asked asked_ = Asked::done;
  double t_ = 0.0;
  Sums sums_{};
  Numbers numbers_{};
  Evaluation evaluation_{};  // of this process' part
  bool combines_ = false;    // the reduction is that of the evaluation
  bool distributed_ = false;
  Slot spare_ = no_slot;
  Slot kept_ = no_slot;
  bool copy_due_ = false;
  Sample sample_;
  bool go_on_ = true;
  std::int64_t evaluations_ = 0;
};

}  // namespace lbfgs
