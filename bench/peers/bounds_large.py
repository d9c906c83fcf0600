"""bounds_large.py N ITERATIONS: the milliseconds of an iteration of L-BFGS-B in the problem of bench/bounds-large.ts."""

import sys
import time

import numpy as np
from scipy.optimize import minimize

n, iterations = int(float(sys.argv[1])), int(sys.argv[2])
index = np.arange(n, dtype=np.float64)
centers = 1.5 * np.sin(12.9898 * index)
curvatures = 1 + 99 * np.abs(np.sin(78.233 * index))
elsewhere = 0.0


def evaluate(x):
    global elsewhere
    begun = time.perf_counter()
    distance = x - centers
    gradient = curvatures * distance
    loss = 0.5 * float(gradient @ distance)
    elsewhere += time.perf_counter() - begun
    return loss, gradient


options = {"maxcor": 10, "maxiter": iterations, "ftol": 0.0, "gtol": 0.0}
begun = time.perf_counter()
result = minimize(evaluate, np.zeros(n), jac=True, method="L-BFGS-B", bounds=[(-1.0, 1.0)] * n, options=options)
print(1000 * (time.perf_counter() - begun - elsewhere) / result.nit)
