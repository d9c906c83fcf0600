// The fuzzer's bytes as choices and numbers, and what holds for whatever they say.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"

namespace lbfgs::fuzz {

/// Ends the process, which libFuzzer reports with the input, unless the sentence is true.
inline void expect(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", sentence);
  std::abort();
}

/// Reads the bytes from front to back; zeros once they are used up.
class Input {
public:
  Input(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes, size) {}

  bool empty() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  bool flag() { return (byte() & 1) != 0; }
  /// From 0 to most.
  int count(int most) { return byte() % (most + 1); }

  /// Any double there is: small ones from one byte, the special ones, or eight bytes as they are.
  double number() {
    const std::uint8_t kind = byte();
    constexpr double special[] = {std::numeric_limits<double>::quiet_NaN(),  std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(),  std::numeric_limits<double>::max(),
                                  -std::numeric_limits<double>::max(),       std::numeric_limits<double>::min(),
                                  std::numeric_limits<double>::denorm_min(), -0.0};
    if (kind < 8) return special[kind];
    if (kind < 200) return (kind - 104) / 16.0;
    std::uint64_t bits = 0;
    for (int at = 0; at < 8; ++at) bits = bits << 8 | byte();
    double value = 0.0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  double finite_number() {
    const double value = number();
    return std::isfinite(value) ? value : 1.0;
  }
  /// Finite, >= 0.
  double size() { return std::abs(finite_number()); }

private:
  std::span<const std::uint8_t> bytes_;
};

/// One parameter's arrays, each exactly as long as it is said to be, so that the address sanitizer sees a step beyond.
struct Storage {
  Dtype dtype = Dtype::float64;
  Dtype grad_dtype = Dtype::float64;
  Index size = 0;
  std::vector<std::byte> data;
  std::vector<std::byte> grad;

  static std::size_t width(Dtype dtype) { return dtype == Dtype::float32 ? sizeof(float) : sizeof(double); }
  static double get(const std::vector<std::byte>& from, Dtype dtype, Index at) {
    return with_type(dtype, [&](auto entry) {
      std::memcpy(&entry, from.data() + static_cast<std::size_t>(at) * sizeof entry, sizeof entry);
      return static_cast<double>(entry);
    });
  }
  static void put(std::vector<std::byte>& into, Dtype dtype, Index at, double value) {
    with_type(dtype, [&](auto entry) {
      entry = static_cast<decltype(entry)>(value);
      std::memcpy(into.data() + static_cast<std::size_t>(at) * sizeof entry, &entry, sizeof entry);
    });
  }
  ParameterView view() { return {dtype, size, data.data(), grad_dtype, grad.data()}; }
};

/// A few parameters of a few entries, float32 and float64 mixed.
class Model {
public:
  explicit Model(Input& input) {
    const int count = 1 + input.count(2);
    for (int index = 0; index < count; ++index) {
      Storage storage;
      storage.dtype = input.flag() ? Dtype::float32 : Dtype::float64;
      storage.grad_dtype = input.flag() ? Dtype::float32 : Dtype::float64;
      storage.size = (index == 0 ? 1 : 0) + input.count(5);
      storage.data.resize(static_cast<std::size_t>(storage.size) * Storage::width(storage.dtype));
      storage.grad.resize(static_cast<std::size_t>(storage.size) * Storage::width(storage.grad_dtype));
      for (Index at = 0; at < storage.size; ++at) {
        Storage::put(storage.data, storage.dtype, at, input.count(16) - 8.0);
      }
      all_float32_ = all_float32_ && storage.dtype == Dtype::float32;
      size_ += storage.size;
      storages_.push_back(std::move(storage));
    }
  }

  Parameters parameters() {
    std::vector<ParameterView> views;
    for (Storage& storage : storages_) views.push_back(storage.view());
    return Parameters(std::move(views));
  }
  Index size() const { return size_; }
  Dtype dtype() const { return all_float32_ ? Dtype::float32 : Dtype::float64; }

  bool finite() const {
    for (const Storage& storage : storages_) {
      for (Index at = 0; at < storage.size; ++at) {
        if (!std::isfinite(Storage::get(storage.data, storage.dtype, at))) return false;
      }
    }
    return true;
  }

  /// 1/2 sum (i + 1) x_i^2 and its gradient: convex, minimum 0 at 0.
  double evaluate() {
    double loss = 0.0;
    double scale = 1.0;
    for (Storage& storage : storages_) {
      for (Index at = 0; at < storage.size; ++at, scale += 1.0) {
        const double x = Storage::get(storage.data, storage.dtype, at);
        loss += 0.5 * scale * x * x;
        Storage::put(storage.grad, storage.grad_dtype, at, scale * x);
      }
    }
    return loss;
  }

  /// Gradients that have nothing to do with any function.
  void spoil_gradients(Input& input) {
    for (Storage& storage : storages_) {
      for (Index at = 0; at < storage.size; ++at) {
        Storage::put(storage.grad, storage.grad_dtype, at, input.number());
      }
    }
  }

private:
  std::vector<Storage> storages_;
  Index size_ = 0;
  bool all_float32_ = true;
};

inline Options options_from(Input& input) {
  Options options;
  options.lr = input.size();
  options.max_iter = input.count(12);
  options.max_eval = input.count(40);
  options.tolerance_grad = input.size();
  options.tolerance_change = input.size();
  options.history_size = 1 + input.count(4);
  options.line_search = input.flag() ? LineSearch::strong_wolfe : LineSearch::none;
  if (input.flag()) options.max_ls = std::nullopt;
  if (input.flag()) options.history_dtype = Dtype::float32;
  // Last, so that inputs from before these options mean what they meant.
  if (input.flag()) {
    options.method = input.flag() ? Method::solve : Method::torch_step;
    options.line_search = input.flag() ? LineSearch::strong_wolfe : LineSearch::noise_tolerant;
    if (input.flag()) options.pair_policy = PairPolicy::relative_to_slope();
    if (input.flag()) options.tolerance_grad_relative = input.size();
    if (input.flag()) options.noise = input.size();
    options.diagonal = input.flag();
  }
  return options;
}

/// What holds at the end of every step that began at a finite point, so many evaluations having been answered.
inline void expect_sound(const Model& model, const Optimizer& core, const Options& options, std::int64_t answered) {
  const Outcome& outcome = core.outcome();
  expect(model.finite(), "the parameters are finite");
  expect(!core.running(), "a step that has ended does not run");
  expect(outcome.iterations <= options.max_iter, "no more iterations than max_iter");
  if (outcome.status == Status::non_finite_start || answered == 0) return;
  expect(std::isfinite(outcome.loss) && std::isfinite(outcome.grad_max), "loss and gradient of the outcome are finite");
  // non_finite without an iteration: the first evaluation was not finite, and the last finite point is back.
  const bool went_back = outcome.status == Status::non_finite && outcome.iterations == 0;
  if (options.line_search == LineSearch::strong_wolfe && !went_back) {
    expect(outcome.loss <= outcome.initial_loss, "a line search does not end above its start");
    expect(outcome.current, "a line search ends at a point that was evaluated");
  }
}

/// A step whose evaluations are right: whatever was before, it ends well and goes down.
inline void expect_usable(Model& model, Optimizer& core) {
  Options options;
  options.line_search = LineSearch::strong_wolfe;
  options.max_iter = 30;
  options.max_eval = 200;
  for (Asked asked = core.begin(options, false); asked != Asked::done;) asked = core.tell(model.evaluate());
  expect_sound(model, core, options, core.outcome().evaluations);
}

}  // namespace lbfgs::fuzz
