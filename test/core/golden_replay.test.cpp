// Recorded losses and gradients of torch fed back in order, whatever point the core asks for: the points, the counts
// and the state must be torch's. Rounding does not feed through the function, so this is the sharpest comparison there
// is.
#include <doctest/doctest.h>

#include <memory>

#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "golden.hpp"

namespace lbfgs::test {
namespace {

template <class T>
class Replay {
public:
  Replay(const Json& problem, const Json& record, Recursion recursion)
      : record_(record),
        recursion_(recursion),
        trace_(record["trace"]),
        horizon_(record["horizon"][is_float ? "replay_x_rel_1e-06" : "replay_x_rel_1e-09"].get<std::size_t>()),
        counts_stable_(record["horizon"]["replay_counts_stable"].get<bool>()),
        options_(read_options(record["options"])),
        arrays_(read_sizes(record["shapes"])) {
    arrays_.set_x(numbers(problem["x0"]));
    if (!record["fault"].is_null()) arrays_.drop_grad(record["fault"]["param"].get<std::size_t>());
    optimiser_ = std::make_unique<Optimizer>(make_vectors());
  }

  void run() {
    for (const Json& action : record_["actions"]) {
      if (action["op"] == "set_x") {
        arrays_.set_x(numbers(action["x"]));
      } else if (action["op"] == "set_option") {
        set_option(options_, action["key"], action["value"]);
      } else if (action["op"] == "reload") {
        reload();
      } else if (!step()) {
        return;
      }
    }
    if (counts_stable_) CHECK(at_ == trace_.size());
  }

private:
  static constexpr bool is_float = sizeof(T) == sizeof(float);
  static constexpr double point_tolerance = is_float ? 1e-5 : 1e-7;
  // In float32 an unmodified torch on another machine misses its own record by more than 1e-6 (quad_cond100-I, H_diag).
  static constexpr double state_tolerance = is_float ? 1e-5 : 1e-6;

  // Returns whether the replay can go on.
  bool step() {
    const Json& after = record_["steps"][step_++];
    const std::size_t began = at_;
    Asked asked = optimiser_->begin(options_, false);
    while (asked == Asked::evaluate) {
      if (at_ == trace_.size()) {
        CHECK_MESSAGE(!counts_stable_, "more evaluations than recorded, step ", step_ - 1);
        optimiser_->cancel(Status::stopped, false);
        return false;
      }
      if (at_ < horizon_) check_point(numbers(trace_[at_]["x"]));
      arrays_.set_grad(numbers(trace_[at_]["g"]));
      const double loss = number(trace_[at_]["f"]);
      ++at_;
      asked = optimiser_->tell(loss);
    }
    CHECK(asked == Asked::done);
    CHECK(optimiser_->outcome().initial_loss == number(after["returned"]));
    const std::size_t evaluations = at_ - began;
    const bool as_recorded = evaluations == after["evals_this_step"].get<std::size_t>();
    if (counts_stable_) {
      CHECK(as_recorded);
      CHECK(optimiser_->state().n_iter == after["n_iter"].get<std::int64_t>());
      CHECK(optimiser_->state().func_evals == after["func_evals"].get<std::int64_t>());
    }
    if (as_recorded && at_ <= horizon_) check_state(after);
    return as_recorded;
  }

  void check_point(const Vector& recorded) const {
    const Vector asked = arrays_.x();
    const double deviation = relative_deviation(asked, recorded);
    INFO("evaluation ", at_, ", deviation ", deviation);
    CHECK(deviation <= point_tolerance);
  }

  void check_state(const Json& after) {
    const State& state = optimiser_->state();
    Vectors& vectors = optimiser_->vectors();
    INFO("after step ", step_ - 1, ", evaluation ", at_);
    if (!after.contains("t") || after["t"].is_null()) {
      CHECK(state.n_iter == 0);
      return;
    }
    CHECK(relative_deviation(state.t, number(after["t"])) <= state_tolerance);
    CHECK(relative_deviation(state.h_diag, number(after["H_diag"])) <= state_tolerance);
    CHECK(relative_deviation(state.prev_loss, number(after["prev_loss"])) <= state_tolerance);
    CHECK(vectors.history_size() == after["n_old"].get<Index>());
    CHECK(relative_deviation(newest_rho(after["ro"].size()), numbers(after["ro"])) <= state_tolerance);
    std::vector<T> vector(static_cast<std::size_t>(vectors.size()));
    vectors.export_direction(vector.data());
    CHECK(relative_deviation(Vector(vector.begin(), vector.end()), numbers(after["d"])) <= state_tolerance);
    vectors.export_gradient(state.prev_gradient, vector.data());
    CHECK(relative_deviation(Vector(vector.begin(), vector.end()), numbers(after["prev_flat_grad"])) <=
          state_tolerance);
    CHECK(relative_deviation(arrays_.x(), numbers(after["x"])) <= state_tolerance);
  }

  Vector newest_rho(std::size_t count) const {
    Vectors& vectors = optimiser_->vectors();
    std::vector<T> s(static_cast<std::size_t>(vectors.size()));
    std::vector<T> y(s);
    Vector rho;
    for (Index age = 0; age < vectors.history_size(); ++age) {
      rho.push_back(vectors.export_pair(age, s.data(), y.data()));
    }
    if (rho.size() > count) rho.erase(rho.begin(), rho.end() - static_cast<std::ptrdiff_t>(count));
    return rho;
  }

  std::unique_ptr<Vectors> make_vectors() {
    return cpu_vectors(arrays_.parameters(), options_.history_size, Dtype::float64, recursion_);
  }

  // The state out of one optimiser and into a new one.
  void reload() {
    Vectors& old = optimiser_->vectors();
    std::unique_ptr<Vectors> vectors = make_vectors();
    State state = optimiser_->state();
    std::vector<T> a(static_cast<std::size_t>(old.size()));
    std::vector<T> b(a);
    old.export_direction(a.data());
    vectors->import_direction(a.data());
    old.export_gradient(state.prev_gradient, a.data());
    vectors->import_gradient(0, a.data());
    for (Index age = 0; age < old.history_size(); ++age) {
      const double rho = old.export_pair(age, a.data(), b.data());
      vectors->import_pair(a.data(), b.data(), rho);
    }
    state.prev_gradient = 0;
    state.unevaluated = false;  // x is not taken along
    optimiser_ = std::make_unique<Optimizer>(std::move(vectors));
    optimiser_->load(state, options_.tolerance_change);
  }

  const Json& record_;
  Recursion recursion_;
  const Json& trace_;
  std::size_t horizon_;
  bool counts_stable_;
  Options options_;
  Arrays<T> arrays_;
  std::unique_ptr<Optimizer> optimiser_;
  std::size_t at_ = 0;  // the evaluation of the trace that comes next
  std::size_t step_ = 0;
};

}  // namespace

TEST_CASE("a replayed torch trace asks for the recorded points and leaves the recorded state, by either recursion") {
  const Json problems = read_json("problems.json");
  for (const Recursion recursion : {Recursion::two_loop, Recursion::compact}) {
    std::size_t replayed = 0;
    for (const auto& [name, problem] : problems.items()) {
      const Json file = read_json(name + ".json");
      for (const Json& record : file["cases"]) {
        if (!is_model(record) || !record["trace"][0].contains("x")) continue;
        const std::string id = record["id"];
        CAPTURE(id);
        CAPTURE(static_cast<int>(recursion));
        if (record["dtype"] == "float32")
          Replay<float>(problem, record, recursion).run();
        else
          Replay<double>(problem, record, recursion).run();
        ++replayed;
      }
    }
    CHECK(replayed > 80);
  }
}

}  // namespace lbfgs::test
