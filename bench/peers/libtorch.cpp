// libtorch's torch::optim::LBFGS, steps of fixed length as is torch's default.

#include <torch/torch.h>

#include "harness.hpp"

namespace {

template <class T>
void solve(const bench::Problem<T>& problem, const bench::Request& request, bench::Clock& clock) {
  torch::Tensor x = torch::ones({problem.n()}, torch::CppTypeToScalarType<T>::value);
  torch::Tensor g = torch::zeros_like(x);
  x.mutable_grad() = g;
  const bench::Index until = clock.until() + 1;
  const auto options = torch::optim::LBFGSOptions(problem.step())
                           .history_size(request.m)
                           .max_iter(until)
                           .max_eval(2 * until)
                           .tolerance_grad(0)
                           .tolerance_change(0);
  torch::optim::LBFGS optimizer({x}, options);
  bool first = true;
  optimizer.step([&] {
    if (!first) clock.iteration();
    first = false;
    clock.evaluation();
    return torch::full({}, problem(x.data_ptr<T>(), g.data_ptr<T>()), x.options());
  });
  const auto& state = static_cast<const torch::optim::LBFGSParamState&>(*optimizer.state().begin()->second);
  if (static_cast<bench::Index>(state.old_dirs().size()) != request.m) {
    throw std::runtime_error("the history is not full");
  }
}

}  // namespace

int main() {
  bench::serve([](const bench::Request& request) {
    torch::set_num_threads(request.threads);
    if (request.dtype == "float32") {
      bench::answer<float>(request, solve<float>);
    } else {
      bench::answer<double>(request, solve<double>);
    }
  });
}
