// begin, tell, proceed and cancel in any order that their contract allows, with any options, losses and gradients.
#include "input.hpp"

namespace lbfgs::fuzz {
namespace {

/// One step with whatever evaluations the input names; it may be cancelled at any question.
void take_step(Input& input, Model& model, Optimizer& core) {
  const Options options = options_from(input);
  const std::int64_t calls_before = core.state().func_evals;
  std::int64_t answered = 0;
  std::int64_t dropped = 0;
  Asked asked = core.begin(options, input.flag());
  while (asked != Asked::done) {
    const int action = input.count(15);
    if (action == 0 || answered > 300) {
      const bool evaluated = asked == Asked::evaluate && input.flag();
      if (evaluated) model.spoil_gradients(input);  // a closure that failed half way
      core.cancel(Status::stopped, evaluated);
      dropped = evaluated ? 1 : 0;
      break;
    }
    if (asked == Asked::iteration) {
      expect(model.finite(), "the parameters are finite where an iteration is reported");
      asked = core.proceed(action != 1);
      continue;
    }
    double loss = model.evaluate();
    if (action == 1 || action == 2) loss = input.number();
    if (action == 1 || action == 3) model.spoil_gradients(input);
    ++answered;
    asked = core.tell(loss);
  }
  if (core.gradient_stale()) core.write_gradient();
  expect(core.state().func_evals == calls_before + answered + dropped, "every call is counted");
  expect(core.outcome().evaluations == answered + dropped, "every call of the step is counted");
  expect_sound(model, core, options, answered);
}

}  // namespace
}  // namespace lbfgs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace lbfgs::fuzz;
  Input input(bytes, size);
  Model model(input);
  lbfgs::Optimizer core(lbfgs::cpu_vectors(model.parameters(), 1 + input.count(4)));
  for (int step = 0; step < 8 && !input.empty(); ++step) take_step(input, model, core);
  expect_usable(model, core);
  return 0;
}
