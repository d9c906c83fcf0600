"""SciPy's curve_fit on models of the parent process: a line of JSON with the data and the start comes in, {"p": [...]} goes
out for each sweep of the model, its values come back, and the result is a line of JSON."""

import json
import sys
import warnings

import numpy as np
from scipy.optimize import curve_fit

warnings.simplefilter('ignore')


def numbers(line):
    return np.array([np.nan if v is None else v for v in json.loads(line)], float)


for request in sys.stdin:
    wanted = json.loads(request)

    def model(_x, *p):
        print(json.dumps({'p': [float(v) for v in p]}), flush=True)
        return numbers(sys.stdin.readline())

    try:
        found, covariance = curve_fit(model, wanted['x'], wanted['y'], wanted['start'], **wanted['options'])
        result = {'params': list(found), 'errors': list(np.sqrt(np.diag(covariance)))}
        print(json.dumps({k: [None if not np.isfinite(v) else float(v) for v in vs] for k, vs in result.items()}), flush=True)
    except (RuntimeError, ValueError) as error:
        print(json.dumps({'failed': str(error)}), flush=True)
