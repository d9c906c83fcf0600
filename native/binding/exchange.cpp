#include "binding/exchange.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "core/line_search/line_search.hpp"

namespace lbfgs {
namespace {

// As lib/native/native.ts has them.
constexpr std::string_view field_names[] = {
    "lr",          "maxIter",  "maxEval",        "toleranceGrad", "toleranceChange", "historySize", "lineSearch",
    "maxLs",       "threads",  "historyFloat32", "method", "toleranceGradRelative", "noise", "diagonal", "relativePairs", "recursion",     "toldLoss",        "called",      "asked",
    "wantedBytes", "status",   "initialLoss",    "loss",          "gradMax",         "current",     "iterations",
    "evaluations", "stepSize", "gradBound", "promised", "sensitivity", "noiseFound", "residualOrder", "gradientStale",  "funcEvals",     "nIter",           "t",           "hDiag",
    "prevLoss",    "known",    "stalled",        "historyLength"};
static_assert(std::size(field_names) == static_cast<std::size_t>(Field::count));

constexpr std::string_view status_names[] = {
    "converged_gradient", "converged_slope", "converged_step", "converged_loss", "max_iter", "max_eval",
    "line_search_failed", "non_finite",      "stopped",        "time_limit",     "aborted", "unbounded", "non_finite_start"};
static_assert(std::size(status_names) == static_cast<std::size_t>(Status::non_finite_start) + 1);

constexpr std::string_view recursion_names[] = {"two_loop", "compact"};
static_assert(std::size(recursion_names) == static_cast<std::size_t>(Recursion::compact) + 1);

void append(std::string& text, std::string_view name) {
  if (!text.empty()) text += ' ';
  text += name;
}

}  // namespace

std::string layout() {
  std::string text;
  for (const std::string_view name : field_names) append(text, name);
  for (const std::string_view name : status_names) append(text, name);
  for (const std::string_view name : recursion_names) append(text, name);
  for (const NamedSearch& each : line_searches) append(text, each.name);
  return text;
}

Options Exchange::options() const {
  Options options;
  options.lr = get(Field::lr);
  options.max_iter = get_count(Field::max_iter);
  options.max_eval = get_count(Field::max_eval);
  options.tolerance_grad = get(Field::tolerance_grad);
  options.tolerance_change = get(Field::tolerance_change);
  options.history_size = get_count(Field::history_size);
  options.line_search = static_cast<LineSearch>(static_cast<int>(get(Field::line_search)));
  options.max_ls = get_count(Field::max_ls);
  if (*options.max_ls < 0) options.max_ls.reset();
  options.threads = static_cast<int>(get(Field::threads));
  options.method = static_cast<Method>(static_cast<int>(get(Field::method)));
  options.tolerance_grad_relative = get(Field::tolerance_grad_relative);
  options.noise = get(Field::noise);
  options.diagonal = get(Field::diagonal) != 0.0;
  if (get(Field::relative_pairs) != 0.0) options.pair_policy = PairPolicy::relative_to_slope();
  options.history_dtype = get(Field::history_float32) == 0.0 ? Dtype::float64 : Dtype::float32;
  return options;
}

std::optional<Recursion> Exchange::recursion() const {
  const auto named = static_cast<int>(get(Field::recursion));
  if (named == 0) return {};
  return static_cast<Recursion>(named - 1);
}

void Exchange::write_outcome(const Outcome& outcome, bool gradient_stale) {
  set(Field::status, static_cast<int>(outcome.status));
  set(Field::initial_loss, outcome.initial_loss);
  set(Field::loss, outcome.loss);
  set(Field::grad_max, outcome.grad_max);
  set(Field::current, outcome.current);
  set(Field::iterations, outcome.iterations);
  set(Field::evaluations, outcome.evaluations);
  set(Field::step_size, outcome.t);
  set(Field::grad_bound, outcome.grad_bound);
  set(Field::promised, outcome.promised);
  set(Field::sensitivity, outcome.sensitivity);
  set(Field::noise_found, outcome.noise);
  set(Field::residual_order, outcome.residual_order);
  set(Field::gradient_stale, gradient_stale);
}

void Exchange::write_state(const State& state, Index history_length) {
  // The largest count that a double tells from the next one, and that a state dict may have.
  constexpr std::int64_t most = (std::int64_t{1} << 53) - 1;
  set(Field::func_evals, std::min(state.func_evals, most));
  set(Field::n_iter, std::min(state.n_iter, most));
  set(Field::t, state.t);
  set(Field::h_diag, state.h_diag);
  set(Field::prev_loss, state.prev_loss);
  set(Field::known, state.direction_taken ? state.known : 0);
  set(Field::stalled, state.stalled);
  set(Field::history_length, history_length);
}

State Exchange::state() const {
  State state;
  state.func_evals = get_count(Field::func_evals);
  state.n_iter = get_count(Field::n_iter);
  state.t = get(Field::t);
  state.h_diag = get(Field::h_diag);
  state.prev_loss = get(Field::prev_loss);
  state.known = static_cast<Index>(get(Field::known));
  state.direction_taken = state.known != 0;
  state.stalled = static_cast<int>(get(Field::stalled));
  return state;
}

}  // namespace lbfgs
