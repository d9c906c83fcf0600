// The core alone, for callgrind. Iterations with the history full run inside core_work(), the function that is counted.
//
//   instructions <n> <m> <32|64> <iterations>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/optimizer.hpp"
#include "core/vectors/cpu/cpu_vectors.hpp"
#include "peers/objectives.hpp"

namespace {

using namespace lbfgs;

// Not inlined: callgrind knows it by its name.
extern "C" __attribute__((noinline)) Asked core_work(Optimizer& optimizer, double loss) { return optimizer.tell(loss); }

template <class T>
int run(Index n, Index m, int iterations) {
  std::vector<T> x(static_cast<std::size_t>(n), T(1));
  std::vector<T> g(x.size());
  const bench::Endless<T> problem(n);
  const auto objective = [&] { return static_cast<double>(problem(x.data(), g.data())); };
  ParameterView view{};
  view.data = x.data();
  view.grad = g.data();
  view.size = n;
  view.dtype = view.grad_dtype = sizeof(T) == 4 ? Dtype::float32 : Dtype::float64;
  std::vector<ParameterView> views{view};
  Optimizer optimizer(cpu_vectors(Parameters(views), m));
  Options options;
  options.lr = 0.1;
  options.line_search = LineSearch::none;
  options.history_size = m;
  options.threads = 1;
  options.tolerance_grad = options.tolerance_change = 0.0;
  options.max_iter = m + 1 + iterations;
  options.max_eval = options.max_iter + 1;
  Asked asked = optimizer.begin(options, false);
  // Each evaluation but the first ends an iteration and begins another.
  for (Index done = 0; done < m + 2; ++done) asked = optimizer.tell(objective());
  if (optimizer.vectors().history_size() != m) return std::fputs("the history is not full\n", stderr), 1;
  int counted = 0;
  for (; asked == Asked::evaluate && counted + 1 < iterations; ++counted) asked = core_work(optimizer, objective());
  if (counted + 1 != iterations) return std::fputs("the solve ended early\n", stderr), 1;
  return 0;
}

}  // namespace

int main(int count, char** values) {
  if (count != 5) return std::fputs("usage: instructions <n> <m> <32|64> <iterations>\n", stderr), 2;
  const Index n = std::atol(values[1]);
  const Index m = std::atol(values[2]);
  const int iterations = std::atoi(values[4]);
  return std::atoi(values[3]) == 32 ? run<float>(n, m, iterations) : run<double>(n, m, iterations);
}
