#include "binding/thought.hpp"

#include <utility>

namespace lbfgs {

struct Thought::Flight {
  std::shared_ptr<Thought> thought;
  Landed landed;
  napi_async_work work = nullptr;
  napi_ref object = nullptr;
  // Not a deferred: Node-API frees one only by settling it, which it refuses where the environment goes down.
  napi_ref settle = nullptr;

  /// Gives back what there is.
  void drop(napi_env env) const noexcept {
    if (object != nullptr) napi_delete_reference(env, object);
    if (settle != nullptr) napi_delete_reference(env, settle);
    if (work != nullptr) napi_delete_async_work(env, work);
  }
};

void Thought::finish() noexcept {
  const std::lock_guard lock(running_);
  if (finished_) return;
  core_.vectors().use_copies();
  try {
    asked_ = work_(core_);
  } catch (...) {
    error_ = std::current_exception();
  }
  wrote_data_ = core_.vectors().use_arrays();
  finished_ = true;
}

Asked Thought::asked() const {
  if (error_) std::rethrow_exception(error_);
  return asked_;
}

void Thought::start(Napi::Object object, std::shared_ptr<Thought> thought, Landed landed, Napi::Function settle) {
  const Napi::Env env = object.Env();
  auto flight = std::make_unique<Flight>();
  flight->thought = std::move(thought);
  flight->landed = std::move(landed);
  const auto execute = [](napi_env, void* data) { static_cast<Flight*>(data)->thought->finish(); };
  napi_status status = napi_create_reference(env, object, 1, &flight->object);
  if (status == napi_ok) status = napi_create_reference(env, settle, 1, &flight->settle);
  if (status == napi_ok) {
    status = napi_create_async_work(env, nullptr, Napi::String::New(env, "lbfgs"), execute, complete, flight.get(),
                                    &flight->work);
  }
  if (status == napi_ok) status = napi_queue_async_work(env, flight->work);
  if (status != napi_ok) {
    flight->drop(env);
    NAPI_THROW_IF_FAILED_VOID(env, status);
  }
  flight.release();  // complete() takes it over
}

// Also runs where the environment is on its way down: then no JavaScript can run, and what Node-API refuses is passed
// over.
void Thought::complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Flight> flight(static_cast<Flight*>(data));
  Thought& thought = *flight->thought;
  napi_value arguments[2] = {nullptr, nullptr};
  napi_get_null(env, &arguments[0]);
  try {
    if (!thought.abandoned_) {
      thought.finish();
      flight->landed(Napi::Env(env), thought);
    }
  } catch (const Napi::Error& error) {
    arguments[0] = error.Value();
  } catch (const std::exception& error) {
    arguments[0] = Napi::Error::New(env, error.what()).Value();
  }
  napi_get_boolean(env, thought.wrote_data_, &arguments[1]);
  napi_value settle = nullptr;
  napi_value nobody = nullptr;
  napi_get_reference_value(env, flight->settle, &settle);
  napi_get_undefined(env, &nobody);
  napi_call_function(env, nobody, settle, 2, arguments, nullptr);
  flight->drop(env);
}

}  // namespace lbfgs
