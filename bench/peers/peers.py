"""SciPy's L-BFGS-B (float64, one thread) or torch.optim.LBFGS. Arguments: which, and the library made of python.cpp."""

import ctypes
import sys
from ctypes import c_double, c_int, c_int64, c_void_p
from time import perf_counter_ns

which, library = sys.argv[1:]


class View(ctypes.Structure):
    _fields_ = [
        ('run', c_void_p),
        *((name, c_int64) for name in ('bits', 'n', 'm', 'threads', 'max_iterations', 'max_evaluations')),
        *((name, c_double) for name in ('step', 'tolerance_grad')),
    ]


native = ctypes.CDLL(library)
native.run_evaluate.restype = c_double
native.run_evaluate.argtypes = [c_void_p, c_void_p, c_void_p, c_int]
native.run_start.argtypes = [c_void_p, c_void_p]
native.run_limits.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p]
native.run_iteration.argtypes = [c_void_p]
native.run_finish.argtypes = [c_void_p, c_void_p, c_int64, ctypes.c_char_p, c_int]


def time_of(calls, call):
    begun = perf_counter_ns()
    for _ in range(calls):
        call()
    return perf_counter_ns() - begun


def split(objective, x0, lower, upper, weights):
    """An L1 penalty by bounds, which is all that L-BFGS-B has: x = p - q, p >= 0, q >= 0, F = f + weights . (p + q)."""
    n, is_penalised = len(x0), weights > 0

    def halves(pq):
        loss, g = objective(pq[:n] - pq[n:])
        return loss + weights @ (pq[:n] + pq[n:]), np.concatenate([g + weights, weights - g])

    def parts(at, below, above):
        return np.concatenate([np.where(is_penalised, below(at), at), np.where(is_penalised, above(at), 0)])

    positive, negative = (lambda v: np.maximum(v, 0)), (lambda v: np.maximum(-v, 0))
    low = np.concatenate([np.where(is_penalised, positive(lower), lower), np.where(is_penalised, negative(upper), 0)])
    high = np.concatenate([np.where(is_penalised, positive(upper), upper), np.where(is_penalised, negative(lower), 0)])
    return halves, parts(x0, positive, negative), low, high


def run_scipy(at, view, calls):
    x0, g = np.empty(view.n), np.empty(view.n)
    native.run_start(at, x0.ctypes.data)
    objective = lambda x: (native.run_evaluate(at, x.ctypes.data, g.ctypes.data, 0 if calls else 1), g)  # noqa: E731
    if calls:
        return time_of(calls, lambda: objective(x0))
    iteration = (lambda _x: native.run_iteration(at)) if view.step else None
    lower, upper, weights = np.full(view.n, -np.inf), np.full(view.n, np.inf), np.zeros(view.n)
    limits = native.run_limits(at, lower.ctypes.data, upper.ctypes.data, weights.ctypes.data)
    if limits & 2:
        objective, x0, lower, upper = split(objective, x0, lower, upper, weights)
    bounds = Bounds(lower, upper) if limits else None
    options = {'ftol': 0, 'gtol': view.tolerance_grad, 'maxfun': 10**9, 'maxiter': view.max_iterations}
    if view.m:
        options['maxcor'] = view.m
    if view.max_evaluations:
        options = {'maxfun': view.max_evaluations, 'maxiter': view.max_evaluations}
    result = minimize(objective, x0, jac=True, method='L-BFGS-B', bounds=bounds, callback=iteration, options=options)
    # It drops its pairs, and goes on, where a matrix made of them is not positive definite.
    if view.step and result.hess_inv.n_corrs != view.m:
        raise RuntimeError(f'the history holds {result.hess_inv.n_corrs} pairs at the end: {result.message}')
    status = result.message.split(': ')[-1].replace('_', ' ')
    x = result.x[:view.n] - result.x[view.n:] if limits & 2 else np.ascontiguousarray(result.x)
    native.run_finish(at, x.ctypes.data, result.nit, status.encode(), result.success)


def run_torch(at, view, calls):
    if torch.get_num_threads() != view.threads:
        torch.set_num_threads(view.threads)
    x = torch.empty(view.n, dtype=torch.float32 if view.bits == 32 else torch.float64)
    x.grad = torch.zeros_like(x)
    native.run_start(at, x.data_ptr())
    closure = lambda: native.run_evaluate(at, x.data_ptr(), x.grad.data_ptr(), 0 if calls else 2)  # noqa: E731
    if calls:
        return time_of(calls, closure)
    options = {'max_iter': view.max_iterations, 'max_eval': 10**9, 'history_size': view.m, 'tolerance_change': 0}
    options |= {'tolerance_grad': view.tolerance_grad}
    if view.max_evaluations:
        options = {'max_iter': view.max_evaluations, 'max_eval': view.max_evaluations}
    options |= {'lr': view.step} if view.step else {'line_search_fn': 'strong_wolfe'}
    optimizer = torch.optim.LBFGS([x], **options)
    optimizer.step(closure)
    state = optimizer.state[x]
    if view.step and len(state['old_dirs']) != view.m:
        raise RuntimeError('the history is not full')
    native.run_finish(at, x.data_ptr(), state['n_iter'], b'', -1)


if which == 'scipy':
    import numpy as np
    from scipy.optimize import Bounds, minimize
else:
    import torch

run = {'scipy': run_scipy, 'torch': run_torch}[which]


@ctypes.CFUNCTYPE(c_double, c_void_p, c_int64)
def work(at, calls):
    try:
        return run(at, ctypes.cast(at, ctypes.POINTER(View)).contents, calls) or 0
    except Exception as error:  # whatever it was, the next request is another matter
        native.run_fail(f'{type(error).__name__}: {error}'.encode())
        return 0


native.serve(work)
