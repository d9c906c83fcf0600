// Curve fits whose model or Jacobian goes wrong at one of its calls, or from there on.

import assert from 'node:assert/strict';
import { curveFit, type CurveFitOptions, type CurveFitParameter, type CurveFitResult } from 'lbfgs';
import { decay, decayJacobian, POINTS } from '../problems/curve';

type Named = Readonly<Record<string, number>>;
type Model = (x: number, p: Named) => number;
type Jacobian = (x: number, p: Named, out: Record<string, number>) => void;

export interface Fit {
  readonly name: string;
  readonly model: Model;
  readonly jacobian?: Jacobian;
  readonly data: { x: readonly number[]; y: readonly number[]; sigma?: readonly number[] };
  readonly start: Readonly<Record<string, Required<Pick<CurveFitParameter, 'value' | 'min' | 'max'>>>>;
  readonly options: Pick<CurveFitOptions, 'loss' | 'maxIter'>;
  /** Faults are tried at every so many calls. */
  readonly stride: number;
}

const within = (value: number, min = -Infinity, max = Infinity) => ({ value, min, max });
const model = decay;
const jacobian = decayJacobian;
const free = { a: within(1), k: within(1), c: within(0) };
const boxed = { a: within(1, 0, 2.5), k: within(1, 0.1, 9), c: within(0.5, 0, 0.9) };
const sigma = POINTS.y.map(() => 0.05);

/** Heights at 0, 1, …: the model is a line from each to the next. */
export const KNOTS = 102;
const knots = Array.from({ length: KNOTS }, (_, i) => `c${i}`);
const hat = (u: number): number => Math.max(0, 1 - Math.abs(u));
const before = (x: number): number => Math.min(Math.floor(x), KNOTS - 2);
const polyline: Model = (x, p) => {
  const i = before(x);
  return p[knots[i]!]! * hat(x - i) + p[knots[i + 1]!]! * hat(x - i - 1);
};
const polylineJacobian: Jacobian = (x, _, out) => {
  const i = before(x);
  for (const name of knots) out[name] = 0;
  out[knots[i]!] = hat(x - i);
  out[knots[i + 1]!] = hat(x - i - 1);
};
const x = Array.from({ length: KNOTS + 20 }, (_, i) => (i / (KNOTS + 19)) * (KNOTS - 1));
const waves = { x, y: x.map((each) => Math.sin(each / 7) + 0.05 * Math.cos(31 * each)) };
const heights = Object.fromEntries(knots.map((name) => [name, within(0.25, -0.5, 0.9)]));

export const FITS: readonly Fit[] = [
  { name: 'few parameters', model, data: POINTS, start: free, options: {}, stride: 3 },
  { name: 'few parameters, jacobian', model, jacobian, data: POINTS, start: free, options: {}, stride: 1 },
  { name: 'few parameters, bounds', model, data: POINTS, start: boxed, options: {}, stride: 3 },
  {
    name: 'few parameters, bounds, a robust loss',
    model,
    jacobian,
    data: { ...POINTS, sigma },
    start: boxed,
    options: { loss: 'soft_l1' },
    stride: 1,
  },
  {
    name: 'many parameters, bounds, jacobian',
    model: polyline,
    jacobian: polylineJacobian,
    data: waves,
    start: heights,
    options: {},
    stride: 211,
  },
  {
    name: 'many parameters, bounds',
    model: polyline,
    data: waves,
    start: heights,
    options: { maxIter: 1 },
    stride: 11_003,
  },
];

/** Changes what a call of the model or of the Jacobian gives. */
export interface FitFault {
  readonly model?: (call: number, value: number) => number;
  readonly jacobian?: (call: number, out: Record<string, number>) => void;
}

export interface FitRun {
  calls: number;
  jacobianCalls: number;
  result: CurveFitResult | undefined;
  error: unknown;
}

/** Calls beyond these are a fit without an end. */
const MOST_CALLS = 400_000;

/** One fit with a fault; checks that every call is within the bounds. */
export function fit(subject: Fit, fault: FitFault = {}, others: CurveFitOptions = {}): FitRun {
  const run: FitRun = { calls: 0, jacobianCalls: 0, result: undefined, error: undefined };
  const { start, data, options } = subject;
  const watched: Model = (at, p) => {
    if (++run.calls > MOST_CALLS) throw new Error('no end');
    assertInside(subject, p);
    const value = subject.model(at, p);
    return fault.model?.(run.calls, value) ?? value;
  };
  const watchedJacobian: Jacobian = (at, p, out) => {
    run.jacobianCalls++;
    subject.jacobian!(at, p, out);
    fault.jacobian?.(run.jacobianCalls, out);
  };
  try {
    run.result = curveFit(watched, data, start, {
      ...options,
      ...(subject.jacobian && { jacobian: watchedJacobian }),
      ...others,
    });
  } catch (error) {
    run.error = error;
  }
  return run;
}

export function assertInside({ start }: Fit, p: Named): void {
  for (const name in start) {
    const { min, max } = start[name]!;
    if (!(p[name]! >= min && p[name]! <= max)) assert.fail(`${name} = ${p[name]}`);
  }
}

/** The sum of squares at these parameters. */
export function squaresAt({ model, data }: Fit, p: Named): number {
  const { x, y, sigma } = data;
  return x.reduce((sum, each, i) => sum + ((model(each, p) - y[i]!) / (sigma?.[i] ?? 1)) ** 2, 0);
}

/** The sum of squares where the fit starts. */
export function squaresAtStart(subject: Fit): number {
  return squaresAt(
    subject,
    Object.fromEntries(Object.entries(subject.start).map(([name, { value }]) => [name, value])),
  );
}
