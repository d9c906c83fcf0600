// Straight-line code that suspends: all of the core's coroutine machinery.
//
// The step and the line search are written as prose and stop where they need something from the caller. Rules that keep
// g++ 11 and 12 out of trouble (they destroy braced temporaries in a co_await expression twice), guarded by
// test/core/task.test.cpp: a co_await is a whole statement on a named object or a trivially destructible one, what
// lives across it is trivially destructible (a nested Task excepted), and one level of nesting is all there is.
#pragma once

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace lbfgs {

/// `co_await` on a question suspends up to the caller, who writes `answer` and resumes `suspended`, the innermost
/// coroutine.
template <class Answer>
struct Question {
  static_assert(std::is_trivially_copyable_v<Answer>);
  std::coroutine_handle<>& suspended;
  const Answer& answer;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { suspended = self; }
  Answer await_resume() const noexcept { return answer; }
};

/// A suspended computation that ends in a Value. Created suspended, destroyed by its owner at any suspension.
template <class Value>
class Task {
  static_assert(std::is_trivially_copyable_v<Value>);

public:
  struct promise_type {
    Value value{};
    std::exception_ptr error;
    std::coroutine_handle<> parent = std::noop_coroutine();

    struct ReturnToParent {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        return self.promise().parent;
      }
      void await_resume() const noexcept {}
    };

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    ReturnToParent final_suspend() const noexcept { return {}; }
    void return_value(Value result) noexcept { value = result; }
    void unhandled_exception() noexcept { error = std::current_exception(); }
  };

  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs to the first request.
  void start() const { handle_.resume(); }
  bool running() const { return handle_ && !handle_.done(); }
  /// The value of a task that has ended; throws what the task threw.
  Value result() const {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return handle_.promise().value;
  }

  // A task awaits another by name: `Value v = co_await task;`
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) const noexcept {
    handle_.promise().parent = parent;
    return handle_;
  }
  Value await_resume() const { return result(); }

private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_ = nullptr;
};

}  // namespace lbfgs
