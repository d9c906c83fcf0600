// The state loader of the core: any finite state, as lib/state/load-state-dict.ts lets it through, then out again, then
// steps.
#include "input.hpp"

namespace lbfgs::fuzz {
namespace {

/// A vector of the computing dtype, as the import functions take it.
class Vector {
public:
  Vector(Index size, Dtype dtype) : bytes_(static_cast<std::size_t>(size) * Storage::width(dtype)) {}
  Vector(Input& input, Index size, Dtype dtype) : Vector(size, dtype) {
    for (Index at = 0; at < size; ++at) {
      double value = input.finite_number();
      // What a cast makes infinite is refused before it gets here.
      if (dtype == Dtype::float32 && !std::isfinite(static_cast<float>(value))) value = 1.0;
      Storage::put(bytes_, dtype, at, value);
    }
  }

  void* data() { return bytes_.data(); }
  bool operator==(const Vector& other) const { return bytes_ == other.bytes_; }

private:
  std::vector<std::byte> bytes_;
};

struct Loaded {
  std::vector<Vector> s, y;
  std::vector<double> rho;
};

Loaded load(Input& input, const Model& model, Optimizer& core) {
  Vectors& vectors = core.vectors();
  const Index size = model.size();
  State state;
  state.func_evals = input.byte();
  state.n_iter = input.count(3);
  Loaded loaded;
  if (state.n_iter > 0) {
    state.t = input.finite_number();
    state.h_diag = input.finite_number();
    state.prev_loss = input.finite_number();
    state.known = input.count(static_cast<int>(size) + 1) - 1;  // -1: the core finds out
    state.prev_gradient = 0;
    vectors.import_direction(Vector(input, size, model.dtype()).data());
    vectors.import_gradient(0, Vector(input, size, model.dtype()).data());
  } else {
    state.known = size;
  }
  const double tolerance_change = input.size();
  if (state.n_iter == 0) {
    core.load(state, tolerance_change);
    return loaded;
  }
  for (int pairs = input.count(7); pairs > 0; --pairs) {
    loaded.s.emplace_back(input, size, model.dtype());
    loaded.y.emplace_back(input, size, model.dtype());
    loaded.rho.push_back(input.finite_number());
    vectors.import_pair(loaded.s.back().data(), loaded.y.back().data(), loaded.rho.back());
  }
  state.unevaluated = input.flag();
  if (state.unevaluated) {
    vectors.read_point();
    vectors.import_point(Vector(input, size, model.dtype()).data(), input.count(static_cast<int>(size)));
  }
  core.load(state, tolerance_change);
  return loaded;
}

/// What is exported is what went in: the newest pairs that fit.
void expect_exported(Loaded& loaded, const Model& model, Optimizer& core) {
  Vectors& vectors = core.vectors();
  const auto kept = static_cast<std::size_t>(vectors.history_size());
  const auto capacity = static_cast<std::size_t>(vectors.history_capacity());
  expect(kept == std::min(loaded.rho.size(), capacity), "the newest pairs that fit are kept");
  for (std::size_t age = 0; age < kept; ++age) {
    Vector s(model.size(), model.dtype());
    Vector y(model.size(), model.dtype());
    const double rho = vectors.export_pair(static_cast<Index>(age), s.data(), y.data());
    const std::size_t index = loaded.rho.size() - kept + age;
    expect(s == loaded.s[index] && y == loaded.y[index], "a pair comes out as it went in");
    const double told = model.dtype() == Dtype::float32 ? static_cast<float>(loaded.rho[index]) : loaded.rho[index];
    expect(rho == loaded.rho[index] || rho == told, "its rho too");
  }
}

}  // namespace
}  // namespace lbfgs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace lbfgs::fuzz;
  Input input(bytes, size);
  Model model(input);
  lbfgs::Optimizer core(lbfgs::cpu_vectors(model.parameters(), 1 + input.count(4)));
  Loaded loaded = load(input, model, core);
  expect_exported(loaded, model, core);
  const lbfgs::Options options = options_from(input);
  for (lbfgs::Asked asked = core.begin(options, false); asked != lbfgs::Asked::done;)
    asked = core.tell(model.evaluate());
  expect_sound(model, core, options, core.outcome().evaluations);
  expect_usable(model, core);
  return 0;
}
