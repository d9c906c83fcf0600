// Plain Node-API, which is smaller than its C++ wrapper. TypeScript has checked the arguments, and calls these
// functions on the main thread only. A fault is returned as a text, since an error made here would belong to the
// addon's realm.
#include "binding/mpi.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "mpi/engine.hpp"

namespace lbfgs {
namespace {

using mpi::Engine;
using mpi::Kind;
using mpi::Operation;

/// The engine's thread calls `settled` after each operation. The function keeps the process alive while operations are
/// pending. It belongs to the process and not to an environment, as MPI does.
struct {
  napi_threadsafe_function settled = nullptr;
  int pending = 0;
} settling;

struct AsyncCall : mpi::Task {
  napi_ref settle = nullptr;
  napi_ref array = nullptr;  // that receives the result
  std::size_t at = 0;        // where the result is in the memory
};

template <std::size_t count>
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) { napi_get_cb_info(env, info, &given, values, nullptr, nullptr); }
  napi_value operator[](std::size_t index) const { return values[index]; }
  std::size_t given = count;
  napi_value values[count];
};

napi_value text_of(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  if (text.empty()) {
    napi_get_undefined(env, &value);
  } else {
    napi_create_string_utf8(env, text.data(), text.size(), &value);
  }
  return value;
}

double number_of(napi_env env, napi_value value) {
  double number = 0.0;
  napi_get_value_double(env, value, &number);
  return number;
}

std::string string_of(napi_env env, napi_value value) {
  std::size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

struct View {
  double* data = nullptr;
  std::size_t length = 0;
};

View view_of(napi_env env, napi_value value) {
  View view;
  void* data = nullptr;
  napi_typedarray_type type{};
  const napi_status status = napi_get_typedarray_info(env, value, &type, &view.length, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_float64_array) return {};
  view.data = static_cast<double*>(data);
  return view;
}

constexpr const char* too_soon =
    "Expected the asynchronous operations that are pending to end first but received another call or the end of the "
    "process; await "
    "each of them";

/// Reads the first four arguments: kind, in, out, root. Returns why they are refused, or null.
const char* read_operation(napi_env env, const napi_value* values, Operation& operation, View& in, View& out) {
  operation.kind = static_cast<Kind>(static_cast<int>(number_of(env, values[0])));
  operation.root = static_cast<int>(number_of(env, values[3]));
  in = view_of(env, values[1]);
  out = view_of(env, values[2]);
  operation.in = in.data;
  operation.out = out.data;
  operation.count = operation.kind == Kind::gather ? in.length : out.length;
  if (operation.kind != Kind::gather && operation.kind != Kind::scatter) return nullptr;
  const std::size_t all = operation.count * static_cast<std::size_t>(Engine::get().size());
  if ((operation.kind == Kind::gather ? out : in).length != all) return "Expected arrays whose lengths fit";
  const std::less<const double*> before;
  if (before(in.data, out.data + out.length) && before(out.data, in.data + in.length)) {
    return "Expected two arrays without memory in common but received such as have";
  }
  return nullptr;
}

napi_value open(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return text_of(env, Engine::get().open(string_of(env, arguments[0]).c_str()));
}

/// Returns [abi, rank, size], or a fault.
napi_value connect(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine& engine = Engine::get();
  const std::string fault = engine.connect(number_of(env, arguments[0]) / 1e3, number_of(env, arguments[1]));
  if (!fault.empty()) return text_of(env, fault);
  napi_value parts[3] = {text_of(env, engine.abi())};
  napi_create_int32(env, engine.rank(), &parts[1]);
  napi_create_int32(env, engine.size(), &parts[2]);
  napi_value list = nullptr;
  napi_create_array_with_length(env, 3, &list);
  for (std::uint32_t index = 0; index < 3; ++index) napi_set_element(env, list, index, parts[index]);
  return list;
}

napi_value run(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  if (settling.pending > 0) return text_of(env, too_soon);
  Operation operation;
  View in;
  View out;
  if (const char* const fault = read_operation(env, arguments.values, operation, in, out)) return text_of(env, fault);
  return text_of(env, Engine::get().run(operation));
}

/// Copies the result into the caller's array. Sets `fault` where the array was detached or resized.
void deliver(napi_env env, AsyncCall& call) {
  if (call.array == nullptr || !call.fault.empty()) return;
  napi_value array = nullptr;
  napi_get_reference_value(env, call.array, &array);
  const View out = view_of(env, array);
  const std::size_t size = call.memory.size() - call.at;
  if (out.length == size) {
    std::copy_n(call.memory.data() + call.at, size, out.data);
  } else {
    call.fault = "Expected the array of an operation that is pending to stay as it is but it was detached or resized";
  }
}

void drop(napi_env env, const AsyncCall& call) {
  if (call.array != nullptr) napi_delete_reference(env, call.array);
  if (call.settle != nullptr) napi_delete_reference(env, call.settle);
}

// On the main thread; env is null where the environment goes down.
void settle(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<AsyncCall> call(static_cast<AsyncCall*>(data));
  if (env == nullptr) return;
  if (--settling.pending == 0) napi_unref_threadsafe_function(env, settling.settled);
  deliver(env, *call);
  napi_value function = nullptr;
  napi_value nobody = nullptr;
  napi_get_reference_value(env, call->settle, &function);
  napi_get_undefined(env, &nobody);
  const napi_value fault = text_of(env, call->fault);
  drop(env, *call);
  napi_call_function(env, nobody, function, 1, &fault, nullptr);
}

void done(mpi::Task* task) {
  napi_call_threadsafe_function(settling.settled, static_cast<AsyncCall*>(task), napi_tsfn_nonblocking);
}

/// The operation works on copies, since the arrays may be detached before it ends.
void copy_arrays(AsyncCall& call, const View& in, const View& out) {
  call.at = in.length;
  call.memory.resize(in.length + out.length);
  double* const copies = call.memory.data();
  std::copy_n(in.data, in.length, copies);
  std::copy_n(out.data, out.length, copies + in.length);
  call.operation.in = copies;
  call.operation.out = copies + in.length;
}

napi_value start(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  auto call = std::make_unique<AsyncCall>();
  View in;
  View out;
  if (const char* fault = read_operation(env, arguments.values, call->operation, in, out)) return text_of(env, fault);
  try {
    copy_arrays(*call, in, out);
  } catch (const std::exception& error) {
    return text_of(env, error.what());
  }
  napi_status status = napi_ok;
  if (settling.settled == nullptr) {
    status = napi_create_threadsafe_function(env, nullptr, nullptr, text_of(env, "lbfgs/mpi"), 0, 1, nullptr, nullptr,
                                             nullptr, settle, &settling.settled);
  } else if (settling.pending == 0) {
    status = napi_ref_threadsafe_function(env, settling.settled);
  }
  if (status == napi_ok && out.data != nullptr) status = napi_create_reference(env, arguments[2], 1, &call->array);
  if (status == napi_ok) status = napi_create_reference(env, arguments[4], 1, &call->settle);
  std::string fault = status == napi_ok ? "" : "Node-API refuses";
  if (fault.empty()) fault = Engine::get().start(call.get(), done);
  if (fault.empty()) {
    ++settling.pending;
    static_cast<void>(call.release());  // settle() takes it over
  } else {
    drop(env, *call);
    if (settling.settled != nullptr && settling.pending == 0) napi_unref_threadsafe_function(env, settling.settled);
  }
  return text_of(env, fault);
}

napi_value leave(napi_env env, napi_callback_info) {
  return text_of(env, settling.pending > 0 ? too_soon : Engine::get().leave());
}

napi_value abort(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine::get().abort(static_cast<int>(number_of(env, arguments[0])), string_of(env, arguments[1]).c_str());
  return nullptr;
}

napi_value exit_with(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Engine::get().exit_with(static_cast<int>(number_of(env, arguments[0])));
  return nullptr;
}

}  // namespace

napi_value mpi_functions(napi_env env) {
  constexpr struct {
    const char* name;
    napi_callback call;
  } functions[] = {{"open", open},   {"connect", connect}, {"run", run},           {"start", start},
                   {"leave", leave}, {"abort", abort},     {"exitWith", exit_with}};
  napi_value object = nullptr;
  napi_create_object(env, &object);
  for (const auto& [name, call] : functions) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, object, name, function);
  }
  return object;
}

}  // namespace lbfgs
