#include "binding/async_work.hpp"

#include <utility>

namespace lbfgs {

struct AsyncWork::Queued {
  std::shared_ptr<AsyncWork> own;
  Completed completed;
  napi_async_work work = nullptr;
  napi_ref object = nullptr;
  // Not a deferred: Node-API frees a deferred only by settling it, which is refused while the environment is torn down.
  napi_ref settle = nullptr;

  /// Frees the handles that exist.
  void drop(napi_env env) const noexcept {
    if (object != nullptr) napi_delete_reference(env, object);
    if (settle != nullptr) napi_delete_reference(env, settle);
    if (work != nullptr) napi_delete_async_work(env, work);
  }
};

void AsyncWork::finish() noexcept {
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

Asked AsyncWork::asked() const {
  if (error_) std::rethrow_exception(error_);
  return asked_;
}

void AsyncWork::start(Napi::Object object, std::shared_ptr<AsyncWork> work, Completed completed,
                      Napi::Function settle) {
  const Napi::Env env = object.Env();
  auto queued = std::make_unique<Queued>();
  queued->own = std::move(work);
  queued->completed = std::move(completed);
  const auto execute = [](napi_env, void* data) { static_cast<Queued*>(data)->own->finish(); };
  napi_status status = napi_create_reference(env, object, 1, &queued->object);
  if (status == napi_ok) status = napi_create_reference(env, settle, 1, &queued->settle);
  if (status == napi_ok) {
    status = napi_create_async_work(env, nullptr, Napi::String::New(env, "lbfgs"), execute, complete, queued.get(),
                                    &queued->work);
  }
  if (status == napi_ok) status = napi_queue_async_work(env, queued->work);
  if (status != napi_ok) {
    queued->drop(env);
    NAPI_THROW_IF_FAILED_VOID(env, status);
  }
  static_cast<void>(queued.release());  // complete() takes it over
}

// Also runs while the environment is torn down. No JavaScript can run then, and refusals of Node-API are ignored.
void AsyncWork::complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Queued> queued(static_cast<Queued*>(data));
  AsyncWork& own = *queued->own;
  napi_value arguments[2] = {nullptr, nullptr};
  napi_get_null(env, &arguments[0]);
  try {
    if (!own.abandoned_) {
      own.finish();
      queued->completed(Napi::Env(env), own);
    }
  } catch (const Napi::Error& error) {
    arguments[0] = error.Value();
  } catch (const std::exception& error) {
    arguments[0] = Napi::Error::New(env, error.what()).Value();
  }
  napi_get_boolean(env, own.wrote_data_, &arguments[1]);
  napi_value settle = nullptr;
  napi_value nobody = nullptr;
  napi_get_reference_value(env, queued->settle, &settle);
  napi_get_undefined(env, &nobody);
  napi_call_function(env, nobody, settle, 2, arguments, nullptr);
  queued->drop(env);
}

}  // namespace lbfgs
