#include "binding/exchange.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "core/line_search/line_search.hpp"

namespace lbfgs {
namespace {

constexpr std::string_view status_names[] = {
    "converged_gradient", "converged_slope", "converged_step", "converged_loss", "max_iter", "max_eval",
    "line_search_failed", "non_finite",      "stopped",        "time_limit",     "aborted",  "unbounded",
    "non_finite_start"};
static_assert(std::size(status_names) == static_cast<std::size_t>(Status::non_finite_start) + 1);

constexpr std::string_view recursion_names[] = {"two_loop", "compact"};
static_assert(std::size(recursion_names) == static_cast<std::size_t>(Recursion::compact) + 1);

}  // namespace

std::string layout() {
  std::string text;
  const auto append = [&](std::string_view name) { (text += text.empty() ? "" : " ") += name; };
  for (const std::string_view name : field_names) append(name);
  for (const std::string_view name : status_names) append(name);
  for (const std::string_view name : recursion_names) append(name);
  for (const NamedSearch& each : line_searches) append(each.name);
  return text;
}

Options Exchange::options() const {
  Options options;
  options.lr = get("lr");
  options.max_iter = get_count("maxIter");
  options.max_eval = get_count("maxEval");
  options.tolerance_grad = get("toleranceGrad");
  options.tolerance_change = get("toleranceChange");
  options.history_size = get_count("historySize");
  options.line_search = static_cast<LineSearch>(static_cast<int>(get("lineSearch")));
  options.max_ls = get_count("maxLs");
  if (*options.max_ls < 0) options.max_ls.reset();
  options.threads = static_cast<int>(get("threads"));
  options.method = static_cast<Method>(static_cast<int>(get("method")));
  options.tolerance_grad_relative = get("toleranceGradRelative");
  options.noise = get("noise");
  options.diagonal = get("diagonal") != 0.0;
  if (get("relativePairs") != 0.0) options.pair_policy = PairPolicy::relative_to_slope();
  options.history_dtype = get("historyFloat32") == 0.0 ? Dtype::float64 : Dtype::float32;
  return options;
}

std::optional<Recursion> Exchange::recursion() const {
  if (distributed()) return Recursion::compact;
  const auto named = static_cast<int>(get("recursion"));
  if (named == 0) return {};
  return static_cast<Recursion>(named - 1);
}

void Exchange::write_outcome(const Outcome& outcome, bool gradient_stale) {
  set("status", static_cast<int>(outcome.status));
  set("initialLoss", outcome.initial_loss);
  set("loss", outcome.loss);
  set("gradMax", outcome.grad_max);
  set("current", outcome.current);
  set("iterations", outcome.iterations);
  set("evaluations", outcome.evaluations);
  set("stepSize", outcome.t);
  set("gradBound", outcome.grad_bound);
  set("promised", outcome.promised);
  set("sensitivity", outcome.sensitivity);
  set("noiseFound", outcome.noise);
  set("residualOrder", outcome.residual_order);
  set("blamesGradient", outcome.blames_gradient ? 1.0 : 0.0);
  set("gradReference", outcome.grad_reference);
  set("gradientStale", gradient_stale);
}

void Exchange::write_state(const State& state, Index history_length) {
  // The largest count up to which a double holds every integer, and that a state dict may have.
  constexpr std::int64_t most = (std::int64_t{1} << 53) - 1;
  set("funcEvals", std::min(state.func_evals, most));
  set("nIter", std::min(state.n_iter, most));
  set("t", state.t);
  set("hDiag", state.h_diag);
  set("prevLoss", state.prev_loss);
  set("known", state.slope_decides ? -1 : state.direction_taken ? state.known : 0);
  set("stalled", state.stalled);
  set("gradReference", state.grad_reference);
  set("historyLength", history_length);
  set("uncombined", state.uncombined);
}

State Exchange::state() const {
  State state;
  state.func_evals = get_count("funcEvals");
  state.n_iter = get_count("nIter");
  state.t = get("t");
  state.h_diag = get("hDiag");
  state.prev_loss = get("prevLoss");
  state.known = static_cast<Index>(get("known"));
  state.direction_taken = state.known != 0;
  state.stalled = static_cast<int>(get("stalled"));
  state.grad_reference = get("gradReference");
  return state;
}

}  // namespace lbfgs
