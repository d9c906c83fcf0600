// libtorch's torch::optim::LBFGS. Where iterations are timed it takes steps of fixed length, as is torch's default.

#include <torch/torch.h>

#include "harness.hpp"

namespace {

template <class T>
void solve(bench::Run<T>& run) {
  torch::set_num_threads(run.threads);
  torch::Tensor x = torch::empty({run.n}, torch::CppTypeToScalarType<T>::value);
  std::copy(run.x0.begin(), run.x0.end(), x.data_ptr<T>());
  torch::Tensor g = torch::zeros_like(x);
  x.mutable_grad() = g;
  auto options = torch::optim::LBFGSOptions(run.step > 0 ? run.step : 1)
                     .history_size(run.m)
                     .max_iter(run.max_iterations)
                     .max_eval(100 * run.max_iterations)
                     .tolerance_grad(run.tolerance_grad)
                     .tolerance_change(0);
  if (run.step == 0) options.line_search_fn("strong_wolfe");
  torch::optim::LBFGS optimizer({x}, options);
  optimizer.step([&] { return torch::full({}, run.closure(x.data_ptr<T>(), g.data_ptr<T>()), x.options()); });
  const auto& state = static_cast<const torch::optim::LBFGSParamState&>(*optimizer.state().begin()->second);
  if (run.step > 0 && static_cast<bench::Index>(state.old_dirs().size()) != run.m) {
    throw std::runtime_error("the history is not full");
  }
  run.finish(x.data_ptr<T>(), state.n_iter(), "");
}

}  // namespace

int main() { return bench::serve(solve<double>, solve<float>); }
