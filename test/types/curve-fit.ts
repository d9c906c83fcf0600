// Compile only: the types of a fit follow from the names in start, without a cast or a `!`. `npm run lint` checks it.

import {
  curveFit,
  type CurveFitData,
  type CurveFitOptions,
  type CurveFitParameter,
  type CurveFitResult,
  type FitLoss,
  type IterationInfo,
} from 'lbfgs';

/** Where values go that nobody looks at. */
export let unused: unknown;

export function inferred(x: number[], y: Float64Array, sigma: Float32Array): number {
  const { params, standardErrors, covariance } = curveFit(
    (t, { top, rate }) => top * (1 - Math.exp(-rate * t)),
    { x, y, sigma },
    { top: 100, rate: { value: 0.75, min: 0, max: 10 } },
  );
  const sum: number = params.top + params.rate + standardErrors.top + standardErrors.rate;
  unused = new Blob([covariance]);

  const fit = curveFit(
    (t, p) => p.a * t + p.b,
    { x, y },
    { a: 1, b: { value: 0, fixed: true } },
    {
      loss: 'huber',
      scale: { a: 2 },
      absoluteSigma: true,
      maxIter: 100,
      toleranceChange: 1e-10,
      signal: new AbortController().signal,
      onIteration: ({ loss }: IterationInfo, p: Float64Array) => loss > 0 && p.length === 2,
      jacobian: (t, p, out) => {
        out.a = t;
        out.b = p.a - p.a + 1;
      },
    },
  );
  const result: CurveFitResult<'a' | 'b'> = fit;
  unused = [result.r2, result.rss, result.degreesOfFreedom, result.status, result.converged, result.iterations];

  // @ts-expect-error: there is no such parameter
  unused = params.slope;
  // @ts-expect-error: nor in the model
  unused = curveFit((t, { c }) => c * t, { x, y }, { a: 1 });
  // @ts-expect-error: nor in scale
  unused = curveFit((t, { a }) => a * t, { x, y }, { a: 1 }, { scale: { b: 1 } });
  // @ts-expect-error: a parameter is not text
  unused = curveFit((t, { a }) => a * t, { x, y }, { a: '1' });
  // @ts-expect-error: the model returns its value
  unused = curveFit(() => {}, { x, y }, { a: 1 });
  // @ts-expect-error: bounds are in start
  unused = curveFit((t, { a }) => a * t, { x, y }, { a: 1 }, { bounds: [[0, 1]] });
  // @ts-expect-error: there is no such loss
  unused = curveFit((t, { a }) => a * t, { x, y }, { a: 1 }, { loss: 'cauchy' });
  // @ts-expect-error: y is missing
  unused = curveFit((t, { a }) => a * t, { x }, { a: 1 });
  return sum;
}

/** Models of functions and records that are declared elsewhere. */
export function declared(data: CurveFitData): Record<'a' | 'b', number> {
  interface Line {
    a: number;
    b: number;
  }
  const line = (x: number, { a, b }: Line): number => a * x + b;
  const start: Record<'a' | 'b', number | CurveFitParameter> = { a: 1, b: 0 };
  const loss: FitLoss = 'soft_l1';
  const options: CurveFitOptions<'a' | 'b'> = { loss };
  // @ts-expect-error: a name that the model does not have
  unused = curveFit(line, data, { a: 1, c: 0 });
  const names: Record<string, number> = { a: 1, b: 0 };
  const { params } = curveFit((x, p) => (p['a'] ?? 0) * x, data, names);
  unused = params['a'];
  return curveFit(line, data, start, options).params;
}
