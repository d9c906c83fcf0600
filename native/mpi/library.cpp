#include "mpi/library.hpp"

#include <dlfcn.h>

#include <memory>
#include <type_traits>

namespace lbfgs::mpi {
namespace {

/// The handles and constants of a binary interface. Handle: int for MPICH, a pointer for the others.
template <class Handle>
struct Constants {
  const char* name;
  Handle world, float64, sum, max, errors_return;
  void* in_place;
  void* status_ignore;
  int serialized;  // MPI_THREAD_SERIALIZED
};

// A message that announces the end of a rank. There are no other messages.
constexpr int tag = 1;

template <class Handle>
class Linked final : public Library {
public:
  Linked(void* library, const Constants<Handle>& constants) : library_(library), constants_(constants) {}

  /// Finds the functions; returns the name of one that is missing, or null.
  const char* find_functions() {
    const char* missing = nullptr;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library_, name));
      if (function == nullptr) missing = name;
    };
    find(init_thread_, "MPI_Init_thread");
    find(initialized_, "MPI_Initialized");
    find(comm_dup_, "MPI_Comm_dup");
    find(comm_rank_, "MPI_Comm_rank");
    find(comm_size_, "MPI_Comm_size");
    find(set_errhandler_, "MPI_Comm_set_errhandler");
    find(iallreduce_, "MPI_Iallreduce");
    find(iallgather_, "MPI_Iallgather");
    find(ireduce_scatter_block_, "MPI_Ireduce_scatter_block");
    find(ireduce_, "MPI_Ireduce");
    find(ibcast_, "MPI_Ibcast");
    find(ibarrier_, "MPI_Ibarrier");
    find(isend_, "MPI_Isend");
    find(irecv_, "MPI_Irecv");
    find(test_, "MPI_Test");
    find(finalize_, "MPI_Finalize");
    find(abort_, "MPI_Abort");
    find(error_string_, "MPI_Error_string");
    return missing;
  }

  const char* abi() const override { return constants_.name; }

  int connect(int& rank, int& size) override {
    int provided = 0;
    int is_initialized = 0;
    int error = initialized_(&is_initialized);
    if (error == 0 && is_initialized == 0) error = init_thread_(nullptr, nullptr, constants_.serialized, &provided);
    is_owner_ = is_initialized == 0;
    one_thread = is_owner_ && provided < constants_.serialized;
    // Two communicators, so that what announces the end of a rank never meets an operation.
    for (Handle* const communicator : {&operations_, &ends_}) {
      if (error == 0) error = comm_dup_(constants_.world, communicator);
      if (error == 0) error = set_errhandler_(*communicator, constants_.errors_return);
    }
    if (error == 0) error = comm_rank_(operations_, &rank);
    if (error == 0) error = comm_size_(operations_, &size);
    if (error == 0 && size > 1) {
      after_ = (rank + 1) % size;
      error = irecv_(&begun_by_the_one_before, 1, constants_.float64, (rank + size - 1) % size, tag, ends_,
                     request(Pending::left));
    }
    return error;
  }

  int begin(const Piece& piece) override {
    const auto [kind, in, out, count, root] = piece;
    const Handle type = constants_.float64;
    Handle* const own = request(Pending::operation);
    switch (kind) {
      case Kind::sum:
      case Kind::max: {
        const Handle operation = kind == Kind::sum ? constants_.sum : constants_.max;
        return iallreduce_(constants_.in_place, out, count, type, operation, operations_, own);
      }
      case Kind::gather:
        return iallgather_(in, count, type, out, count, type, operations_, own);
      case Kind::scatter:
        return ireduce_scatter_block_(in, out, count, type, constants_.sum, operations_, own);
      case Kind::to_root:
        return ireduce_(in, out, count, type, constants_.sum, root, operations_, own);
      case Kind::broadcast:
        return ibcast_(out, count, type, root, operations_, own);
      case Kind::barrier:
        break;
    }
    return ibarrier_(operations_, own);
  }

  int leave(double operations) override {
    begun_ = operations;
    int error = 0;
    if (after_ >= 0) error = isend_(&begun_, 1, constants_.float64, after_, tag, ends_, request(Pending::told));
    return error != 0 ? error : ibarrier_(ends_, request(Pending::leaving));
  }

  int test(Pending what, bool& done) override {
    bool& is_pending = pending_[static_cast<int>(what)];
    if (!is_pending) {
      done = true;
      return 0;
    }
    int flag = 0;
    const int error = test_(&requests_[static_cast<int>(what)], &flag, constants_.status_ignore);
    done = flag != 0;
    if (done || error != 0) is_pending = false;
    return error;
  }

  int finalize() override { return is_owner_ ? finalize_() : 0; }
  void abort(int code) override { abort_(constants_.world, code); }

  std::string message(int error) override {
    char text[8192] = "";  // longer than MPI_MAX_ERROR_STRING of any library
    int length = 0;
    error_string_(error, text, &length);
    return text;
  }

private:
  /// Counts `what` as pending, and returns where its MPI_Request is to be stored.
  Handle* request(Pending what) {
    pending_[static_cast<int>(what)] = true;
    return &requests_[static_cast<int>(what)];
  }

  void* library_;
  Constants<Handle> constants_;
  Handle operations_{};
  Handle ends_{};
  Handle requests_[4]{};
  bool pending_[4]{};
  int after_ = -1;  // the next rank, where there is one
  double begun_ = 0.0;
  bool is_owner_ = true;  // MPI was not initialised by another part of the program

  int (*init_thread_)(int*, char***, int, int*) = nullptr;
  int (*initialized_)(int*) = nullptr;
  int (*comm_dup_)(Handle, Handle*) = nullptr;
  int (*comm_rank_)(Handle, int*) = nullptr;
  int (*comm_size_)(Handle, int*) = nullptr;
  int (*set_errhandler_)(Handle, Handle) = nullptr;
  int (*iallreduce_)(const void*, void*, int, Handle, Handle, Handle, Handle*) = nullptr;
  int (*iallgather_)(const void*, int, Handle, void*, int, Handle, Handle, Handle*) = nullptr;
  int (*ireduce_scatter_block_)(const void*, void*, int, Handle, Handle, Handle, Handle*) = nullptr;
  int (*ireduce_)(const void*, void*, int, Handle, Handle, int, Handle, Handle*) = nullptr;
  int (*ibcast_)(void*, int, Handle, int, Handle, Handle*) = nullptr;
  int (*ibarrier_)(Handle, Handle*) = nullptr;
  int (*isend_)(const void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*irecv_)(void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*test_)(Handle*, int*, void*) = nullptr;
  int (*finalize_)() = nullptr;
  int (*abort_)(Handle, int) = nullptr;
  int (*error_string_)(int, char*, int*) = nullptr;
};

template <class Handle>
Library* linked(void* library, const Constants<Handle>& constants, std::string& why) {
  auto own = std::make_unique<Linked<Handle>>(library, constants);
  const char* const missing = own->find_functions();
  if (missing == nullptr) return own.release();  // used until the process ends
  why = std::string("it has no function ") + missing;
  return nullptr;
}

// NOLINTNEXTLINE(performance-no-int-to-ptr): the handles of the MPI standard are numbers in pointers
void* pointer(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

}  // namespace

Library* Library::load(const char* path, std::string& why) {
  // RTLD_GLOBAL: the components that Open MPI loads later find its functions only so.
  void* const library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    why = dlerror();
    return nullptr;
  }
  const auto symbol = [&](const char* name) { return dlsym(library, name); };
  // A library with the standard interface may also have the symbols of its own older interface.
  if (void* const get_version = symbol("MPI_Abi_get_version")) {
    int major = -1;
    int minor = -1;
    reinterpret_cast<int (*)(int*, int*)>(get_version)(&major, &minor);
    if (major == 1) {
      const Constants<void*> standard{"standard",     pointer(0x101), pointer(0x214), pointer(0x21), pointer(0x23),
                                      pointer(0x143), pointer(1),     nullptr,        2048};
      return linked(library, standard, why);
    }
  }
  if (void* const world = symbol("ompi_mpi_comm_world")) {
    const Constants<void*> openmpi{"openmpi",
                                   world,
                                   symbol("ompi_mpi_double"),
                                   symbol("ompi_mpi_op_sum"),
                                   symbol("ompi_mpi_op_max"),
                                   symbol("ompi_mpi_errors_return"),
                                   pointer(1),
                                   nullptr,
                                   2};
    return linked(library, openmpi, why);
  }
  const Constants<int> mpich{"mpich",    0x44000000,           0x4c00080b, 0x58000003, 0x58000001,
                             0x54000001, pointer(UINTPTR_MAX), pointer(1), 2};
  return linked(library, mpich, why);
}

}  // namespace lbfgs::mpi
