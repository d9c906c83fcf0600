#include "binding/optimizer.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "binding/arguments.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"

namespace lbfgs {
namespace {

std::vector<ParameterView> unpack_parameters(const Napi::Array& sizes, const Napi::Array& dtypes) {
  std::vector<ParameterView> views(sizes.Length());
  for (std::uint32_t index = 0; index < sizes.Length(); ++index) {
    views[index].size = static_cast<Index>(sizes.Get(index).As<Napi::Number>().Int64Value());
    views[index].dtype =
        dtypes.Get(index).As<Napi::String>().Utf8Value() == "float32" ? Dtype::float32 : Dtype::float64;
  }
  return views;
}

MemoryRange range_of(const ArrayView& view, std::size_t owner) {
  const auto* const begin = static_cast<const std::byte*>(view.data);
  return {begin, view.size == 0 ? begin : begin + view.bytes(), owner};
}

}  // namespace

Napi::Function NativeOptimizer::define(Napi::Env env) {
  return DefineClass(env, "NativeOptimizer",
                     {InstanceMethod<&NativeOptimizer::map_data>("mapData"),
                      InstanceMethod<&NativeOptimizer::overlapping_data>("overlappingData"),
                      InstanceMethod<&NativeOptimizer::map_grad>("mapGrad"),
                      InstanceMethod<&NativeOptimizer::begin>("begin"),
                      InstanceMethod<&NativeOptimizer::proceed>("proceed"),
                      InstanceMethod<&NativeOptimizer::cancel>("cancel"),
                      InstanceMethod<&NativeOptimizer::roll_back>("rollBack"),
                      InstanceMethod<&NativeOptimizer::write_gradient>("writeGradient"),
                      InstanceMethod<&NativeOptimizer::fetch>("fetch"),
                      InstanceMethod<&NativeOptimizer::deliver>("deliver"),
                      InstanceMethod<&NativeOptimizer::begin_async>("beginAsync"),
                      InstanceMethod<&NativeOptimizer::tell_async>("tellAsync"),
                      InstanceMethod<&NativeOptimizer::proceed_async>("proceedAsync"),
                      InstanceMethod<&NativeOptimizer::read_state>("readState"),
                      InstanceMethod<&NativeOptimizer::export_point>("exportPoint"),
                      InstanceMethod<&NativeOptimizer::load_point>("loadPoint"),
                      InstanceMethod<&NativeOptimizer::export_vectors>("exportVectors"),
                      InstanceMethod<&NativeOptimizer::export_pair>("exportPair"),
                      InstanceMethod<&NativeOptimizer::load>("load"),
                      InstanceMethod<&NativeOptimizer::load_pair>("loadPair"),
                      InstanceMethod<&NativeOptimizer::reset>("reset"),
                      InstanceMethod<&NativeOptimizer::dispose>("dispose")});
}

NativeOptimizer::NativeOptimizer(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      handle_(*info.Env().GetInstanceData<std::shared_ptr<Environment>>(), this),
      exchange_array_(Napi::Reference<Napi::Value>::New(info[2], 1)),
      exchange_(static_cast<double*>(view_array(info[2], Dtype::float64, static_cast<Index>(Field::count)).data)) {
  const bool made = within_memory([&] {
    Parameters parameters(unpack_parameters(info[0].As<Napi::Array>(), info[1].As<Napi::Array>()));
    const Options options = exchange_.options();
    core_ = std::make_unique<Optimizer>(cpu_vectors(std::move(parameters), static_cast<Index>(options.history_size),
                                                    options.history_dtype, exchange_.recursion(), options.diagonal));
  });
  const Napi::Number handle = Napi::Number::New(info.Env(), handle_.number());
  info.This().As<Napi::Object>().DefineProperty(Napi::PropertyDescriptor::Value("handle", handle, napi_default));
  if (made) publish(info.Env());
}

Optimizer& NativeOptimizer::core() {
  require(Env(), core_ != nullptr, "memory for the optimiser");
  if (async_work_) async_work_->finish();
  return *core_;
}

Optimizer& NativeOptimizer::core_asking(Asked asked) {
  Optimizer& core = this->core();
  require(Env(), core.asked() == asked, "an answer to what the core asks for");
  return core;
}

ParameterView& NativeOptimizer::parameter(const Napi::Value& index) {
  Parameters& parameters = core().vectors().parameters();
  const std::int64_t number = index.As<Napi::Number>().Int64Value();
  require(Env(), number >= 0 && static_cast<std::size_t>(number) < parameters.count(), "the index of a parameter");
  return parameters[static_cast<std::size_t>(number)];
}

void NativeOptimizer::Finalize(Napi::BasicEnv env) { free_core(env); }

void NativeOptimizer::free_core(Napi::BasicEnv env) {
  if (async_work_) {
    async_work_->finish();
    async_work_->abandon();
  }
  core_.reset();
  report_memory(env);
}

Napi::Value NativeOptimizer::map_data(const Napi::CallbackInfo& info) {
  ParameterView& view = parameter(info[0]);
  view.data = nullptr;
  if (!info[1].IsNull()) view.data = view_array(info[1], view.dtype, view.size).data;
  return info.Env().Undefined();
}

Napi::Value NativeOptimizer::overlapping_data(const Napi::CallbackInfo& info) {
  Parameters& parameters = core().vectors().parameters();
  std::vector<MemoryRange> ranges;
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    const ParameterView& view = parameters[index];
    ranges.push_back(range_of({view.dtype, view.size, view.data}, index));
  }
  data_ranges_ = MemoryRanges(std::move(ranges));
  const auto collision = data_ranges_.collision();
  if (!collision) return info.Env().Null();
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0u, static_cast<double>(collision->first));
  pair.Set(1u, static_cast<double>(collision->second));
  return pair;
}

Napi::Value NativeOptimizer::map_grad(const Napi::CallbackInfo& info) {
  ParameterView& view = parameter(info[0]);
  view.grad = nullptr;
  if (info[1].IsNull()) return Napi::Number::New(info.Env(), -1);
  const ArrayView grad = view_array(info[1]);
  const MemoryRange range = range_of(grad, 0);
  const auto owner = data_ranges_.owner_of(range.begin, range.end);
  if (owner) return Napi::Number::New(info.Env(), static_cast<double>(*owner));
  view_array(info[1], grad.dtype, view.size);
  view.grad_dtype = grad.dtype;
  view.grad = grad.data;
  return Napi::Number::New(info.Env(), -1);
}

template <class Run>
void NativeOptimizer::advance(Napi::Env env, Run&& run) {
  Asked asked{};
  if (!within_memory([&] { asked = run(); })) {
    publish(env);
    return;
  }
  exchange_.write_asked(asked);
  if (asked == Asked::done) {
    publish(env);
  } else if (asked == Asked::iteration) {
    exchange_.write_outcome(core().outcome(), core().gradient_stale());
  }
}

void NativeOptimizer::begin(const Napi::CallbackInfo& info) {
  const bool report_iterations = info[0].As<Napi::Boolean>();
  advance(info.Env(), [&] { return core().begin(exchange_.options(), report_iterations); });
}

// Called at every evaluation, so it goes without what node-addon-api does for a function.
napi_value NativeOptimizer::tell(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  void* handles = nullptr;
  std::uint32_t handle = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &handles);
  try {
    NAPI_THROW_IF_FAILED(env, napi_get_value_uint32(env, argument, &handle), nullptr);
    NativeOptimizer* const self = static_cast<const Handles*>(handles)->at(handle);
    if (self == nullptr) throw std::invalid_argument("no optimiser has this handle");
    Optimizer& core = self->core_asking(Asked::evaluate);
    self->advance(env, [&] { return core.tell(self->exchange_.told_loss()); });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return nullptr;
}

void NativeOptimizer::proceed(const Napi::CallbackInfo& info) {
  const bool go_on = info[0].As<Napi::Boolean>();
  Optimizer& core = core_asking(Asked::iteration);
  advance(info.Env(), [&] { return core.proceed(go_on); });
}

void NativeOptimizer::cancel(const Napi::CallbackInfo& info) {
  require(info.Env(), core().running(), "a step in progress");
  core().cancel(static_cast<Status>(info[0].As<Napi::Number>().Int32Value()), exchange_.called());
  publish(info.Env());
}

// The only call that the clean-up of a step needs: it runs no JavaScript, for which an exhausted stack has no room.
void NativeOptimizer::roll_back(const Napi::CallbackInfo& info) {
  if (!core().running()) return;
  const Napi::Array arrays = info[1].As<Napi::Array>();
  Parameters& parameters = core().vectors().parameters();
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    ParameterView& view = parameters[index];
    const Napi::Value array = arrays.Get(static_cast<std::uint32_t>(index));
    if (view.data == nullptr) continue;
    view.data = array.IsTypedArray() && view_array(array).size == view.size ? view_array(array).data : nullptr;
  }
  cancel(info);
}

void NativeOptimizer::write_gradient(const Napi::CallbackInfo&) {
  require(Env(), core().gradient_stale(), "a gradient to write");
  core().write_gradient();
}

void NativeOptimizer::fetch(const Napi::CallbackInfo& info) {
  const auto at = static_cast<Index>(index_at(info, 0));
  const auto size = static_cast<Index>(index_at(info, 1));
  require(info.Env(), at + size <= core().vectors().size(), "entries that there are");
  within_memory([&] { core().vectors().fetch(at, size, info[2].As<Napi::Boolean>(), info[3].As<Napi::Boolean>()); });
}

void NativeOptimizer::deliver(const Napi::CallbackInfo& info) {
  const auto at = static_cast<Index>(index_at(info, 0));
  const auto size = static_cast<Index>(index_at(info, 1));
  require(info.Env(), at + size <= core().vectors().size(), "entries that there are");
  core().vectors().deliver(at, size);
}

void NativeOptimizer::begin_async(const Napi::CallbackInfo& info) {
  const bool report_iterations = info[0].As<Napi::Boolean>();
  const Options options = exchange_.options();
  start_async(
      info, [=](Optimizer& core) { return core.begin(options, report_iterations); }, info[1]);
}

void NativeOptimizer::tell_async(const Napi::CallbackInfo& info) {
  core_asking(Asked::evaluate);
  start_async(
      info, [loss = exchange_.told_loss()](Optimizer& core) { return core.tell(loss); }, info[0]);
}

void NativeOptimizer::proceed_async(const Napi::CallbackInfo& info) {
  core_asking(Asked::iteration);
  const bool go_on = info[0].As<Napi::Boolean>();
  start_async(
      info, [=](Optimizer& core) { return core.proceed(go_on); }, info[1]);
}

void NativeOptimizer::start_async(const Napi::CallbackInfo& info, std::function<Asked(Optimizer&)> work,
                                  const Napi::Value& settle) {
  async_work_ = std::make_shared<AsyncWork>(core(), std::move(work));
  try {
    const auto completed = [this](Napi::Env env, AsyncWork& done) {
      async_work_.reset();
      advance(env, [&] { return done.asked(); });
    };
    AsyncWork::start(info.This().As<Napi::Object>(), async_work_, completed, settle.As<Napi::Function>());
  } catch (...) {
    async_work_.reset();
    throw;
  }
}

void NativeOptimizer::reset(const Napi::CallbackInfo& info) {
  core().reset();
  Parameters& parameters = core().vectors().parameters();
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    parameters[index].data = nullptr;
    parameters[index].grad = nullptr;
  }
  publish(info.Env());
}

// Nothing is left to wait for a garbage collection: V8 and Node-API forget the object's native half now.
void NativeOptimizer::dispose(const Napi::CallbackInfo& info) {
  free_core(info.Env());
  void* self = nullptr;
  NAPI_THROW_IF_FAILED_VOID(info.Env(), napi_remove_wrap(info.Env(), info.This(), &self));
  delete this;
}

// What TypeScript, V8 and the environment are to know at rest.
void NativeOptimizer::publish(Napi::Env env) {
  if (core().vectors().helpers()) handle_.environment().helpers = core().vectors().helpers();
  exchange_.write_outcome(core().outcome(), core().gradient_stale());
  report_memory(env);
}

void NativeOptimizer::report_memory(Napi::BasicEnv env) {
  const std::int64_t bytes = core_ ? static_cast<std::int64_t>(core_->vectors().resident_bytes()) : 0;
  if (bytes != reported_bytes_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported_bytes_);
  reported_bytes_ = bytes;
}

ArrayView NativeOptimizer::vector(const Napi::Value& value) {
  return view_array(value, core().vectors().dtype(), core().vectors().size());
}

}  // namespace lbfgs
