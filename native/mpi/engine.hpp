// This process as one rank of an MPI job: collective operations, and an end that all ranks reach together.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mpi/library.hpp"

namespace lbfgs::mpi {

/// An operation on arrays of any length. count: entries of `out` for one rank.
struct Operation {
  Kind kind = Kind::barrier;
  const double* in = nullptr;
  double* out = nullptr;
  std::size_t count = 0;
  int root = 0;
};

/// An operation for the engine's own thread.
struct Task {
  Operation operation;
  std::vector<double> memory;  // that the operation works on
  std::string fault;           // empty where it succeeded
  Task* next = nullptr;
};

/// MPI belongs to the process, not to an environment of Node: there is one engine, which the main thread uses.
/// Functions that return a text return why they failed, or an empty text.
///
/// A rank that waits longer than the timeout, or for a rank that has ended, ends the job: it prints the reason and
/// calls MPI_Abort. A process that ends without leave() does the same, so that a job never counts as successful where a
/// rank is missing.
class Engine {
public:
  /// The engine of the process. It is never destroyed, since the process may end while the thread runs.
  static Engine& get();

  /// Loads the library.
  std::string open(const char* path);
  const char* abi() const { return library_->abi(); }
  /// Initialises MPI. timeout: in seconds, 0 for none. piece: the most entries that one call of MPI is given.
  std::string connect(double timeout, double piece);
  bool connected() const { return connected_; }
  int rank() const { return rank_; }
  int size() const { return size_; }

  std::string run(const Operation& operation);
  /// Runs the task on the engine's own thread, after the tasks started before; `done` is called on that thread. Until
  /// then run() and leave() must not be called.
  std::string start(Task* task, void (*done)(Task*));
  /// Waits until all ranks leave, and finalises MPI.
  std::string leave();
  /// Ends the job. Returns only where MPI is not in use.
  void abort(int code, const char* reason);
  /// To be called when the process is about to end with this code and without leave().
  void exit_with(int code);

private:
  Engine() = default;
  std::string perform(const Operation& operation, bool on_thread);
  int perform_piece(const Piece& piece, bool on_thread);
  int wait(Pending what, Kind kind, bool on_thread);
  /// Ends the job if the rank before this one has ended without beginning an operation that this rank needs.
  void check_rank_before(bool leaving, Kind kind);
  void serve();
  void stop_thread();
  [[noreturn]] void end_job(int code, const char* reason);
  std::string message(int error);

  Library* library_ = nullptr;
  bool connected_ = false;  // connect() has succeeded, and leave() has not
  int rank_ = 0;
  int size_ = 1;
  int exit_code_ = 1;
  double timeout_ = 0.0;
  std::size_t piece_ = 0;
  double begun_ = 0.0;  // the number of operations begun

  std::thread thread_;
  std::mutex mutex_;  // guards the queue of tasks
  std::condition_variable changed_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  void (*done_)(Task*) = nullptr;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ending_ = false;  // end_job() runs
};

}  // namespace lbfgs::mpi
