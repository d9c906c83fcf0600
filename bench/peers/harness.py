"""What the Python harnesses share: the clock and the protocol. harness.hpp says what is read and written, and times the same."""

import json
import sys
from statistics import median
from time import perf_counter_ns


class Unavailable(Exception):
    """What the library does not have."""


class Clock:
    """Times the iterations after the first m + 1: from then on every direction is made of m pairs."""

    def __init__(self, m, iterations):
        self.first = m + 1
        self.until = self.first + iterations
        self.iterations = self.evaluations = 0

    @property
    def done(self):
        return self.iterations >= self.until

    def iteration(self):
        self.iterations += 1
        if self.iterations == self.first:
            self.begun, self.before = perf_counter_ns(), self.evaluations
        elif self.iterations == self.until:
            self.elapsed, self.timed_evaluations = perf_counter_ns() - self.begun, self.evaluations - self.before


def cost_of(call, seconds):
    costs, calls = [], 1
    end = perf_counter_ns() + seconds * 1e9
    while len(costs) < 5 or perf_counter_ns() < end:
        begun = perf_counter_ns()
        for _ in range(calls):
            call()
        elapsed = perf_counter_ns() - begun
        if elapsed < 1e5 and not costs:
            calls *= 2
        else:
            costs.append(elapsed / calls)
    return median(costs)


def answer(make, n, m, dtype, threads, iterations, seconds):
    """`make` returns a call of the objective alone, and solve(clock): one solve from x = 1, until the clock is done."""
    objective, solve = make(n, m, dtype, threads)
    cost = cost_of(objective, seconds / 10)
    spans, evaluations = [], []
    end = perf_counter_ns() + seconds * 1e9
    while not spans or perf_counter_ns() < end:
        clock = Clock(m, iterations)
        solve(clock)
        if not clock.done:
            raise RuntimeError('stopped before the last iteration to be timed')
        evaluations.append(clock.timed_evaluations)
        spans.append(clock.elapsed - cost * clock.timed_evaluations)
    return {
        'iteration': median(spans) / iterations,
        'objective': cost,
        'evaluations': median(evaluations) / iterations,
        'iterations': iterations,
        'solves': len(spans),
    }


def serve(make):
    for line in sys.stdin:
        n, m, dtype, threads, iterations, seconds = line.split()
        try:
            reply = answer(make, int(n), int(m), dtype, int(threads), int(iterations), float(seconds))
        except Unavailable as why:
            reply = {'unavailable': str(why)}
        except Exception as error:  # whatever it was, the next request is another matter
            reply = {'failed': f'{type(error).__name__}: {error}'}
        print(json.dumps(reply), flush=True)
