#include "binding/optimizer.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/vectors/cpu/cpu_vectors.hpp"

namespace lbfgs {
namespace {

MemoryRange range_of(const ArrayView& view, std::size_t owner) {
  const auto* const begin = static_cast<const std::byte*>(view.data);
  const auto bytes = static_cast<std::size_t>(view.size) * (view.dtype == Dtype::float32 ? 4 : 8);
  return {begin, view.size == 0 ? begin : begin + bytes, owner};
}

}  // namespace

Napi::Function NativeOptimizer::define(Napi::Env env) {
  return DefineClass(env, "NativeOptimizer",
                     {InstanceMethod<&NativeOptimizer::map_data>("mapData"),
                      InstanceMethod<&NativeOptimizer::overlapping_data>("overlappingData"),
                      InstanceMethod<&NativeOptimizer::map_grad>("mapGrad"),
                      InstanceMethod<&NativeOptimizer::begin>("begin"),
                      InstanceMethod<&NativeOptimizer::proceed>("proceed"),
                      InstanceMethod<&NativeOptimizer::read_sums>("readSums"),
                      InstanceMethod<&NativeOptimizer::reduced>("reduced"),
                      InstanceMethod<&NativeOptimizer::cancel>("cancel"),
                      InstanceMethod<&NativeOptimizer::roll_back>("rollBack"),
                      InstanceMethod<&NativeOptimizer::write_gradient>("writeGradient"),
                      InstanceMethod<&NativeOptimizer::fetch>("fetch"),
                      InstanceMethod<&NativeOptimizer::deliver>("deliver"),
                      InstanceMethod<&NativeOptimizer::begin>("beginAsync"),
                      InstanceMethod<&NativeOptimizer::tell_async>("tellAsync"),
                      InstanceMethod<&NativeOptimizer::proceed>("proceedAsync"),
                      InstanceMethod<&NativeOptimizer::reduced>("reducedAsync"),
                      InstanceMethod<&NativeOptimizer::read_search>("readSearch"),
                      InstanceMethod<&NativeOptimizer::read_state>("readState"),
                      InstanceMethod<&NativeOptimizer::export_point>("exportPoint"),
                      InstanceMethod<&NativeOptimizer::export_vectors>("exportVectors"),
                      InstanceMethod<&NativeOptimizer::export_pair>("exportPair"),
                      InstanceMethod<&NativeOptimizer::check_history>("checkHistory"),
                      InstanceMethod<&NativeOptimizer::load>("load"),
                      InstanceMethod<&NativeOptimizer::load_pair>("loadPair"),
                      InstanceMethod<&NativeOptimizer::extend>("extend"),
                      InstanceMethod<&NativeOptimizer::set_region>("setRegion"),
                      InstanceMethod<&NativeOptimizer::reset>("reset"),
                      InstanceMethod<&NativeOptimizer::dispose>("dispose")});
}

NativeOptimizer::NativeOptimizer(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      environment_(*info.Env().GetInstanceData<std::shared_ptr<Environment>>()),
      exchange_array_(Napi::Reference<Napi::Value>::New(info[2], 1)),
      exchange_(
          static_cast<double*>(view_array(info[2], Dtype::float64, static_cast<Index>(std::size(field_names))).data)) {
  const bool made = exchange_.within_memory([&] {
    Parameters parameters(unpack_parameters(info[0].As<Napi::Array>(), info[1].As<Napi::Array>()));
    const Options options = exchange_.options();
    const auto history_size = static_cast<Index>(options.history_size);
    if (info[3].IsUndefined()) {
      core_ = std::make_unique<Optimizer>(cpu_vectors(std::move(parameters), history_size, options.history_dtype,
                                                      exchange_.recursion(), options.diagonal));
    } else {
      const Region region = region_of(info[3], parameters);
      region_arrays_ = Napi::Reference<Napi::Value>::New(info[3], 1);
      core_ = std::make_unique<Optimizer>(
          region_vectors(std::move(parameters), history_size, options.history_dtype, region));
    }
    core_->set_distributed(exchange_.distributed());
  });
  handle_ = environment_->add(this);
  try {
    const Napi::Number handle = Napi::Number::New(info.Env(), handle_);
    info.This().As<Napi::Object>().DefineProperty(Napi::PropertyDescriptor::Value("handle", handle, napi_default));
    if (made) publish(info.Env());
  } catch (...) {
    environment_->remove(handle_);
    throw;
  }
}

Napi::Value NativeOptimizer::set_region(const Napi::CallbackInfo& info) {
  core_at_rest();
  vectors().set_region(region_of(info[0], vectors().parameters()));
  region_arrays_.Reset(info[0], 1);
  return info.Env().Undefined();
}

Napi::Value NativeOptimizer::map_data(const Napi::CallbackInfo& info) {
  ParameterView& view = parameter(info[0]);
  view.data = nullptr;
  if (!info[1].IsNull()) view.data = view_array(info[1], view.dtype, view.size).data;
  return info.Env().Undefined();
}

Napi::Value NativeOptimizer::overlapping_data(const Napi::CallbackInfo& info) {
  Parameters& parameters = vectors().parameters();
  std::vector<MemoryRange> ranges;
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    const ParameterView& view = parameters[index];
    ranges.push_back(range_of({view.dtype, view.size, view.data}, index));
  }
  data_ranges_ = MemoryRanges(std::move(ranges));
  const auto collision = data_ranges_.collision();
  if (!collision) return info.Env().Null();
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0U, static_cast<double>(collision->first));
  pair.Set(1U, static_cast<double>(collision->second));
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

void NativeOptimizer::start(const Napi::CallbackInfo& info, std::function<Asked(Optimizer&)> work,
                            const Napi::Value& settle) {
  async_work_ = std::make_shared<AsyncWork>(core(), std::move(work));
  try {
    const auto completed = [this](Napi::Env env, AsyncWork& done) {
      async_work_.reset();
      run(env, [&] { return done.asked(); });
    };
    AsyncWork::start(info.This().As<Napi::Object>(), async_work_, completed, settle.As<Napi::Function>());
  } catch (...) {
    async_work_.reset();
    throw;
  }
}

double* NativeOptimizer::numbers_for(const Sums& sums, const Napi::Value& value) {
  const ArrayView numbers = view_array(value);
  const bool fit = numbers.dtype == Dtype::float64 && numbers.size >= sums.added_count + sums.largest_count;
  require(value.Env(), fit, "a Float64Array for all sums and maxima");
  return static_cast<double*>(numbers.data);
}

void NativeOptimizer::read_sums(const Napi::CallbackInfo& info) {
  const Sums& sums = core_asking(Asked::reduce).sums();
  double* const numbers = numbers_for(sums, info[0]);
  std::copy_n(sums.largest, sums.largest_count, std::copy_n(sums.added, sums.added_count, numbers));
}

void NativeOptimizer::reduced(const Napi::CallbackInfo& info) {
  const Sums& sums = core_asking(Asked::reduce).sums();
  const double* const numbers = numbers_for(sums, info[0]);
  std::copy_n(numbers, sums.added_count, sums.added);
  std::copy_n(numbers + sums.added_count, sums.largest_count, sums.largest);
  run_or_start(info, 1, [](Optimizer& core) { return core.reduced(); });
}

// Called at every evaluation, so it uses plain Node-API, which costs less for each call than node-addon-api.
napi_value NativeOptimizer::tell(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  void* environment = nullptr;
  std::uint32_t handle = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &environment);
  try {
    NAPI_THROW_IF_FAILED(env, napi_get_value_uint32(env, argument, &handle), nullptr);
    NativeOptimizer* const self = static_cast<const Environment*>(environment)->at(handle);
    if (self == nullptr) throw std::invalid_argument("no optimiser has this handle");
    Optimizer& core = self->core_asking(Asked::evaluate);
    self->run(env, [&] { return core.tell(self->exchange_.told_loss()); });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return nullptr;
}

// Writes what lib/step/search-failure.ts reads: the limits, the noise, then t, loss and slope of the start and of each
// trial.
Napi::Value NativeOptimizer::read_search(const Napi::CallbackInfo& info) {
  const Record& record = core().last_search();
  const Limits& limits = core().last_limits();
  constexpr Index length = 6 + 3 * (Record::most + 1);
  double* out = static_cast<double*>(view_array(info[0], Dtype::float64, length).data);
  for (const double number : {static_cast<double>(limits.max_trials), limits.t_max, limits.d_max,
                              record.relative_noise(), record.noise_found(), record.largest_loss()}) {
    *out++ = number;
  }
  for (int index = -1; index < record.count(); ++index) {
    const Sample& sample = index < 0 ? record.start() : record[index];
    for (const double number : {sample.t, sample.loss, sample.slope}) *out++ = number;
  }
  return Napi::Number::New(info.Env(), record.count());
}

// The only call that the clean-up of a step needs. It runs no JavaScript, since the stack may be exhausted.
void NativeOptimizer::roll_back(const Napi::CallbackInfo& info) {
  if (!core().running()) return;
  const Napi::Array arrays = info[1].As<Napi::Array>();
  Parameters& parameters = vectors().parameters();
  for (std::size_t index = 0; index < parameters.count(); ++index) {
    ParameterView& view = parameters[index];
    const Napi::Value array = arrays.Get(static_cast<std::uint32_t>(index));
    if (view.data == nullptr) continue;
    view.data = array.IsTypedArray() && view_array(array).size == view.size ? view_array(array).data : nullptr;
  }
  cancel(info);
}

// Frees the native half of the object now, and not at some garbage collection later.
void NativeOptimizer::dispose(const Napi::CallbackInfo& info) {
  free_core(info.Env());
  void* self = nullptr;
  NAPI_THROW_IF_FAILED_VOID(info.Env(), napi_remove_wrap(info.Env(), info.This(), &self));
  delete this;
}

// Called when the core comes to rest. Writes the outcome for TypeScript, reports the memory to V8, and keeps the helper
// threads alive in the environment.
void NativeOptimizer::publish(Napi::Env env) {
  if (vectors().helpers()) environment_->helpers = vectors().helpers();
  exchange_.write_outcome(core().outcome(), core().gradient_stale());
  report_memory(env);
}

void NativeOptimizer::report_memory(Napi::BasicEnv env) {
  const std::int64_t bytes = core_ ? static_cast<std::int64_t>(core_->vectors().resident_bytes()) : 0;
  if (bytes != reported_bytes_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported_bytes_);
  reported_bytes_ = bytes;
}

}  // namespace lbfgs
