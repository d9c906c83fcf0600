// The functions of an MPI library that was found at run time.
//
// Nothing of MPI is needed to compile this: the numbers and the symbols of the three binary interfaces that there are
// stand in library.cpp, and no type of MPI leaves that file.
#pragma once

#include <cstdint>
#include <string>

namespace lbfgs::mpi {

/// A collective operation on float64.
enum class Kind : std::uint8_t {
  sum,        ///< out <- the sum over all ranks, in place
  max,        ///< out <- the maximum over all ranks, in place
  gather,     ///< out: size * count <- `in` of all ranks, in the order of the ranks
  scatter,    ///< out: count <- this rank's part of the sum of `in`: size * count
  broadcast,  ///< out <- that of the root
  barrier,
  to_root  ///< out of the root <- the sum of `in`; only as a piece of `scatter`
};

/// Part of an operation, small enough for MPI's counts.
struct Piece {
  Kind kind;
  const double* in;
  double* out;
  int count;
  int root;
};

/// What may be pending. One of each kind at a time.
enum class Pending : std::uint8_t {
  operation,  ///< begin()
  leaving,    ///< leave(): all ranks leave
  left,       ///< connect(): the rank before this one leaves
  told        ///< leave(): the rank after this one has been told
};

/// Functions that return a number return MPI's error code, 0 for success. MPI_THREAD_SERIALIZED: only one thread may be
/// in one of them at a time.
class Library {
public:
  /// Loads the library and finds out which binary interface it has. Returns null where that fails; `why` says why.
  static Library* load(const char* path, std::string& why);

  virtual ~Library() = default;
  /// 'mpich', 'openmpi' or 'standard'.
  virtual const char* abi() const = 0;
  /// Initialises MPI, makes communicators of this library's own and finds the rank and the size. Once in a process.
  virtual int connect(int& rank, int& size) = 0;
  /// Begins an operation: Pending::operation.
  virtual int begin(const Piece& piece) = 0;
  /// Sends the next rank the number of operations that this rank has begun, and begins a barrier of the ranks that
  /// leave: Pending::told and Pending::leaving.
  virtual int leave(double operations) = 0;
  /// done <- whether the pending operation has completed; true where none is pending.
  virtual int test(Pending what, bool& done) = 0;
  virtual int finalize() = 0;
  virtual void abort(int code) = 0;
  virtual std::string message(int error) = 0;

  /// The number of operations that the rank before this one had begun when it left; valid once `left` has completed.
  double begun_by_the_one_before = 0.0;
  /// The library does not provide MPI_THREAD_SERIALIZED: no thread but the first one may call MPI.
  bool one_thread = false;
};

}  // namespace lbfgs::mpi
