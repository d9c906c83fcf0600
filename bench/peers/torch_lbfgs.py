"""torch.optim.LBFGS, steps of fixed length as is its default."""

import torch
from harness import serve


def make(n, m, dtype, threads):
    torch.set_num_threads(threads)
    dtype = getattr(torch, dtype)
    small = n < 1000
    i = torch.arange(n, dtype=torch.float64)
    c = ((1 + i % 3) / n if small else 10 ** (-6 * i / (n - 1))).to(dtype)
    del i
    g = torch.zeros(n, dtype=dtype)

    def evaluate(x):
        if small:
            total = c.dot(x)
            torch.mul(c, -1 / total, out=g)
            return -torch.log(total)
        torch.mul(c, x, out=g)
        return 0.5 * g.dot(x)

    def solve(clock):
        x = torch.ones(n, dtype=dtype)
        x.grad = g
        until = clock.until + 1
        options = {'history_size': m, 'max_iter': until, 'max_eval': 2 * until, 'tolerance_grad': 0, 'tolerance_change': 0}
        optimizer = torch.optim.LBFGS([x], lr=0.1 if small else 1, **options)

        def closure():
            if clock.evaluations > 0:
                clock.iteration()
            clock.evaluations += 1
            return evaluate(x)

        optimizer.step(closure)
        if len(optimizer.state[x]['old_dirs']) != m:
            raise RuntimeError('the history is not full')
        if not torch.isfinite(x).all():
            raise RuntimeError('the parameters are not finite')

    x = torch.ones(n, dtype=dtype)
    return lambda: evaluate(x), solve


serve(make)
