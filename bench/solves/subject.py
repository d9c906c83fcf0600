"""Subjects: SciPy's L-BFGS-B and torch.optim.LBFGS. Arguments: which, the meter's library, problem, file, history, iterations,
max|g|, two targets."""

import ctypes
import sys

which, library, problem, file, history, iterations, tolerance_grad, coarse, fine = sys.argv[1:]
history, iterations, tolerance_grad = int(history), int(iterations), float(tolerance_grad)

native = ctypes.CDLL(library)
native.meter_new.restype = ctypes.c_void_p
native.meter_new.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_double]
native.meter_size.argtypes = native.meter_again.argtypes = [ctypes.c_void_p]
native.meter_start.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
native.meter_evaluate.restype = ctypes.c_double
native.meter_evaluate.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
native.meter_report.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
meter = native.meter_new(problem.encode(), file.encode(), float(coarse), float(fine))
size = native.meter_size(meter)


def run_scipy():
    import numpy as np
    from scipy.optimize import minimize

    x0 = np.empty(size)
    native.meter_start(meter, x0.ctypes.data)

    def evaluate(x):
        gradient = np.empty(size)
        return native.meter_evaluate(meter, x.ctypes.data, gradient.ctypes.data), gradient

    options = dict(maxcor=history, ftol=0, gtol=tolerance_grad, maxiter=iterations, maxfun=10**7)
    while native.meter_again(meter):
        result = minimize(evaluate, x0, jac=True, method="L-BFGS-B", options=options)
        x = np.ascontiguousarray(result.x)
        status = result.message.split(": ")[-1].replace("_", " ")
        native.meter_report(meter, x.ctypes.data, result.nit, status.encode())


def run_torch():
    import torch

    torch.set_num_threads(1)
    x = torch.nn.Parameter(torch.empty(size, dtype=torch.float64))
    x.grad = torch.zeros_like(x)

    def evaluate():
        return native.meter_evaluate(meter, x.data_ptr(), x.grad.data_ptr())

    options = dict(
        max_iter=iterations,
        max_eval=10**7,
        history_size=history,
        tolerance_grad=tolerance_grad,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    while native.meter_again(meter):
        native.meter_start(meter, x.data_ptr())
        optimizer = torch.optim.LBFGS([x], **options)
        optimizer.step(evaluate)
        made = optimizer.state_dict()["state"][0]["n_iter"]
        native.meter_report(meter, x.data_ptr(), made, b"")


{"scipy": run_scipy, "torch": run_torch}[which]()
