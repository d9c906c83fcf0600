#include "mpi/engine.hpp"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace lbfgs::mpi {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int stopped = -1;  // no error code of MPI
constexpr const char* names[] = {"allReduce", "allReduce", "allGather", "reduceScatter", "broadcast", "barrier"};

const char* name_of(Kind kind) { return kind == Kind::to_root ? "reduceScatter" : names[static_cast<int>(kind)]; }

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Engine& Engine::get() {
  static auto* const engine = new Engine;
  return *engine;
}

std::string Engine::open(const char* path) {
  std::string why;
  library_ = Library::load(path, why);
  return why;
}

std::string Engine::connect(double timeout, double piece) {
  timeout_ = timeout;
  piece_ = static_cast<std::size_t>(piece);
  const int error = library_->connect(rank_, size_);
  if (error != 0) return message(error);
  connected_ = true;
  // Registered after MPI's own functions for the end of the process, and so called before them.
  std::atexit([] {
    Engine& engine = get();
    if (!engine.connected_ || engine.ending_) return;
    char reason[80];
    std::snprintf(reason, sizeof reason, "the process ends with code %d and without finalize()", engine.exit_code_);
    engine.abort(engine.exit_code_, reason);
  });
  return {};
}

std::string Engine::run(const Operation& operation) { return perform(operation, false); }

std::string Engine::start(Task* task, void (*done)(Task*)) {
  if (library_->one_thread) return "the MPI library supports no thread besides the first one (MPI_THREAD_SERIALIZED)";
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
      return error.what();
    }
  }
  done_ = done;
  (first_ == nullptr ? first_ : last_->next) = task;
  last_ = task;
  changed_.notify_one();
  return {};
}

std::string Engine::message(int error) {
  if (error == 0) return {};
  // `stopped` is no error code of MPI, and Open MPI ends the job if it is asked for the text of an unknown code.
  if (error == stopped) return "the process ends";
  return library_->message(error);
}

void Engine::serve() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return first_ != nullptr || stopping_; });
    if (stopping_) return;
    Task* const task = first_;
    first_ = task->next;
    lock.unlock();
    task->fault = perform(task->operation, true);
    if (stopping_) return;
    done_(task);
  }
}

void Engine::stop_thread() {
  if (!thread_.joinable() || thread_.get_id() == std::this_thread::get_id()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::string Engine::leave() {
  stop_thread();
  int error = library_->leave(begun_);
  for (const Pending what : {Pending::leaving, Pending::left, Pending::told}) {
    if (error == 0) error = wait(what, Kind::barrier, false);
  }
  if (error == 0) check_rank_before(true, Kind::barrier);
  if (error == 0) error = library_->finalize();
  // After MPI_Finalize no function of MPI may be called, MPI_Abort included.
  connected_ = error != 0;
  return message(error);
}

void Engine::abort(int code, const char* reason) {
  if (!connected_) return;
  stop_thread();
  end_job(code, reason);
}

void Engine::exit_with(int code) {
  exit_code_ = code;
  stop_thread();
}

void Engine::end_job(int code, const char* reason) {
  ending_ = true;
  std::fprintf(stderr, "lbfgs/mpi: rank %d of %d ends the job: %s\n", rank_, size_, reason);
  std::fflush(stderr);
  // A launcher may end at once, without passing on what was printed last.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  // Should MPI_Abort hang, as where the launcher is gone, this signal ends the process.
  alarm(5);
  library_->abort(code);
  std::_Exit(code);
}

std::string Engine::perform(const Operation& operation, bool on_thread) {
  const auto [kind, in, out, count, root] = operation;
  begun_ += 1.0;
  const bool by_ranks = kind == Kind::gather || kind == Kind::scatter;
  const auto size = static_cast<std::size_t>(size_);
  if ((by_ranks ? size : 1) * count <= piece_) {
    return message(perform_piece({kind, in, out, static_cast<int>(count), root}, on_thread));
  }
  // The counts of MPI are int, so a long array goes in pieces. The parts of the ranks are then not next to each other:
  // each rank broadcasts its part, or receives its part of the sum.
  if (kind == Kind::gather) std::copy_n(in, count, out + static_cast<std::size_t>(rank_) * count);
  int error = 0;
  for (std::size_t part = 0; part < (by_ranks ? size : 1); ++part) {
    for (std::size_t at = 0; at < count && error == 0; at += piece_) {
      const auto entries = static_cast<int>(std::min(piece_, count - at));
      const auto owner = static_cast<int>(part);
      const std::size_t first = part * count + at;
      if (kind == Kind::gather) {
        error = perform_piece({Kind::broadcast, nullptr, out + first, entries, owner}, on_thread);
      } else if (kind == Kind::scatter) {
        error = perform_piece({Kind::to_root, in + first, out + at, entries, owner}, on_thread);
      } else {
        error = perform_piece({kind, nullptr, out + at, entries, root}, on_thread);
      }
    }
  }
  return message(error);
}

int Engine::perform_piece(const Piece& piece, bool on_thread) {
  const int error = library_->begin(piece);
  return error != 0 ? error : wait(Pending::operation, piece.kind, on_thread);
}

// Most waits last microseconds, so the wait begins by testing again and again. The main thread then yields its
// processor between tests for 5 ms. After that, or at once on the engine's own thread, the wait sleeps between tests
// for a share of the time that it has lasted already.
int Engine::wait(Pending what, Kind kind, bool on_thread) {
  bool done = false;
  for (int tests = 0; tests < 100; ++tests) {
    const int error = library_->test(what, done);
    if (done || error != 0) return error;
  }
  const Clock::time_point start = Clock::now();
  for (;;) {
    const int error = library_->test(what, done);
    if (done || error != 0) return error;
    const double waited = seconds_since(start);
    if (waited < 20e-6) continue;
    if (stopping_ && on_thread) return stopped;
    if (waited < 5e-3 && !on_thread) {
      std::this_thread::yield();
      continue;
    }
    check_rank_before(what != Pending::operation, kind);
    if (timeout_ > 0.0 && waited > timeout_) {
      char reason[200];
      std::snprintf(reason, sizeof reason,
                    "%s waits for the other ranks longer than the timeout of %.0f ms; a rank is late, is gone, or made "
                    "another call",
                    what == Pending::operation ? name_of(kind) : "finalize", timeout_ * 1e3);
      end_job(1, reason);
    }
    const double sleep = std::clamp(waited / (on_thread ? 8 : 64), 10e-6, 1e-3);
    std::this_thread::sleep_for(std::chrono::duration<double>(sleep));
  }
}

// The ranks form a ring. A rank that leaves sends the next one the number of operations that it has begun. If some rank
// has left too early, then, going round, there is a first rank after it that has not left or has begun another number,
// and that rank finds out here.
void Engine::check_rank_before(bool leaving, Kind kind) {
  bool has_left = false;
  if (size_ == 1 || library_->test(Pending::left, has_left) != 0 || !has_left) return;
  const double there = library_->begun_by_the_one_before;
  if (leaving ? there == begun_ : there >= begun_) return;
  char reason[200];
  std::snprintf(reason, sizeof reason, "rank %d has ended after %.0f operations, and this rank %s operation %.0f, %s",
                (rank_ + size_ - 1) % size_, there, leaving ? "ends after" : "waits for it in", begun_,
                leaving ? "all ranks must make the same calls" : name_of(kind));
  end_job(1, reason);
}

}  // namespace lbfgs::mpi
