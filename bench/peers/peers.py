"""SciPy's L-BFGS-B without bounds (float64, one thread) or torch.optim.LBFGS. Arguments: which, and the library made of python.cpp."""

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
native.run_iteration.argtypes = [c_void_p]
native.run_finish.argtypes = [c_void_p, c_void_p, c_int64, ctypes.c_char_p, c_int]


def time_of(calls, call):
    begun = perf_counter_ns()
    for _ in range(calls):
        call()
    return perf_counter_ns() - begun


def run_scipy(at, view, calls):
    x0, g = np.empty(view.n), np.empty(view.n)
    native.run_start(at, x0.ctypes.data)
    objective = lambda x: (native.run_evaluate(at, x.ctypes.data, g.ctypes.data, 0 if calls else 1), g)  # noqa: E731
    if calls:
        return time_of(calls, lambda: objective(x0))
    iteration = (lambda _x: native.run_iteration(at)) if view.step else None
    options = {'maxcor': view.m, 'ftol': 0, 'gtol': view.tolerance_grad, 'maxfun': 10**9, 'maxiter': view.max_iterations}
    if view.max_evaluations:
        options = {'maxfun': view.max_evaluations, 'maxiter': view.max_evaluations}
    result = minimize(objective, x0, jac=True, method='L-BFGS-B', callback=iteration, options=options)
    # It drops its pairs, and goes on, where a matrix made of them is not positive definite.
    if view.step and result.hess_inv.n_corrs != view.m:
        raise RuntimeError(f'the history holds {result.hess_inv.n_corrs} pairs at the end: {result.message}')
    status = result.message.split(': ')[-1].replace('_', ' ')
    native.run_finish(at, np.ascontiguousarray(result.x).ctypes.data, result.nit, status.encode(), result.success)


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
    from scipy.optimize import minimize
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
