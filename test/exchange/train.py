"""Trains in torch for pytorch.test.ts: jobs as JSON on stdin, what each saw as JSON on stdout.

The functions make the same operations in the same order as test/golden/problems.mjs.
"""

import json
import sys

import torch

import lbfgs_checkpoint


def ext_rosenbrock(x, _, g):
    f = 0.0
    for i in range(0, len(x), 2):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        f = f + (100.0 * (a * a) + b * b)
        g[i] = -400.0 * (x[i] * a) - 2.0 * b
        g[i + 1] = 200.0 * a
    return f


def powell_singular(x, _, g):
    a = x[0] + 10.0 * x[1]
    b = x[2] - x[3]
    c = x[1] - 2.0 * x[2]
    d = x[0] - x[3]
    c2 = c * c
    d2 = d * d
    c3 = 4.0 * (c2 * c)
    d3 = 40.0 * (d2 * d)
    g[0] = 2.0 * a + d3
    g[1] = 20.0 * a + c3
    g[2] = 10.0 * b - 2.0 * c3
    g[3] = -10.0 * b - d3
    return a * a + 5.0 * (b * b) + c2 * c2 + 10.0 * (d2 * d2)


def penalty1(x, _, g):
    f = 0.0
    q = 0.0
    for value in x:
        a = value - 1.0
        f = f + 1e-5 * (a * a)
        q = q + value * value
    q = q - 0.25
    for i, value in enumerate(x):
        g[i] = 2e-5 * (value - 1.0) + 4.0 * (q * value)
    return f + q * q


def diag_quadratic(x, data, g):
    d, b = data["d"], data["b"]
    f = 0.0
    for i, value in enumerate(x):
        f = f + (0.5 * (d[i] * (value * value)) - b[i] * value)
        g[i] = d[i] * value - b[i]
    return f


FUNCS = {f.__name__: f for f in (ext_rosenbrock, powell_singular, penalty1, diag_quadratic)}


class Run:
    """One problem, its values cut into tensors of the given shapes."""

    def __init__(self, job):
        self.fun, self.data, self.frozen = FUNCS[job["func"]], job["data"], job["frozen"]
        dtype = getattr(torch, job["dtype"])
        x0 = torch.tensor(job["x0"], dtype=dtype)
        sizes = [torch.Size(shape).numel() for shape in job["shapes"]]
        self.params = [part.reshape(shape).clone() for part, shape in zip(x0.split(sizes), job["shapes"])]
        self.sizes = sizes
        self.optimizer = torch.optim.LBFGS(self.params, **job["options"])
        self.losses = []

    def closure(self):
        x = torch.cat([param.reshape(-1) for param in self.params]).tolist()
        g = [0.0] * len(x)
        loss = torch.tensor(self.fun(x, self.data, g), dtype=self.params[0].dtype)
        parts = torch.tensor(g, dtype=loss.dtype).split(self.sizes)
        for i, (param, part) in enumerate(zip(self.params, parts)):
            param.grad = None if i == self.frozen else part.reshape(param.shape).clone()
        self.losses.append(loss.item())
        return loss

    def save(self, path):
        lbfgs_checkpoint.save(path, self.optimizer, [(f"x{i}", param) for i, param in enumerate(self.params)])

    def load(self, path):
        state, parameters = lbfgs_checkpoint.load(path)
        self.optimizer.load_state_dict(state)
        for i, param in enumerate(self.params):
            assert param.shape == parameters[f"x{i}"].shape
            param.copy_(parameters[f"x{i}"])


def perform(job):
    """Loads, if there is something to load; then steps, saving before the first one and after each as far as there are paths."""
    run = Run(job)
    if "load" in job:
        run.load(job["load"])
    ends = [0]
    for step in range(job["steps"] + 1):
        if step > 0:
            run.optimizer.step(run.closure)
            ends.append(len(run.losses))
        if step < len(job["saves"]):
            run.save(job["saves"][step])
    return {"losses": run.losses, "ends": ends}


json.dump([perform(job) for job in json.load(sys.stdin)], sys.stdout)
