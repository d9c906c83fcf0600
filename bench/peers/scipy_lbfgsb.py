"""SciPy's L-BFGS-B without bounds: float64, one thread."""

import numpy as np
from harness import Unavailable, serve
from scipy.optimize import minimize


def make(n, m, dtype, _threads):
    if dtype != 'float64':
        raise Unavailable('float64 only')
    small = n < 1000
    i = np.arange(n, dtype=np.float64)
    c = (1 + i % 3) / n if small else 10 ** (-6 * i / (n - 1))
    g = np.empty(n)

    def evaluate(x):
        if small:
            total = c.dot(x)
            np.multiply(c, -1 / total, out=g)
            return -np.log(total), g
        np.multiply(c, x, out=g)
        return 0.5 * g.dot(x), g

    def solve(clock):
        def objective(x):
            clock.evaluations += 1
            return evaluate(x)

        options = {'maxcor': m, 'ftol': 0, 'gtol': 0, 'maxfun': 10**9, 'maxiter': clock.until}
        callback = lambda _x: clock.iteration()  # noqa: E731
        result = minimize(objective, np.ones(n), jac=True, method='L-BFGS-B', callback=callback, options=options)
        # It drops its pairs, and goes on, where a matrix made of them is not positive definite.
        if result.hess_inv.n_corrs != m:
            raise RuntimeError(f'the history holds {result.hess_inv.n_corrs} pairs at the end: {result.message}')

    x = np.ones(n)
    return lambda: evaluate(x), solve


serve(make)
