import { minimize } from 'lbfgs';
import { accuracy, crossEntropy, indexOf, perCoefficient } from './model';
import { MEASUREMENTS, SPECIES, type Penguin } from './penguins';

/** A point of the path. */
export interface Knot {
  /** The weight of the penalty. */
  readonly weight: number;
  readonly x: Float64Array;
  /** How many coefficients are not 0. */
  readonly count: number;
  readonly accuracy: number;
  readonly evaluations: number;
  readonly converged: boolean;
}

export interface Path {
  readonly knots: readonly Knot[];
  /** The standard deviation of each measurement. */
  readonly spreads: readonly number[];
}

/** Of a slope, which is at most 1 here. By default the tolerance is a part of the start's slope, small where it is warm. */
const TOLERANCE = 1e-6;
/** The last weight is this part of the first one. */
const LAST = 1e-3;

/**
 * Fits with an L1 penalty, from the least weight that leaves no coefficient down to a thousandth of it, each from where
 * the one before ended. The penalty is on what a coefficient does to a measurement's standard deviation, so that it does
 * not depend on units: millimetres or grams. The biases have none.
 */
export function l1Path(penguins: readonly Penguin[], count: number): Path {
  const fun = (x: Float64Array, gradient: Float64Array): number => crossEntropy(penguins, x, gradient);
  const spreads = MEASUREMENTS.map((_, j) => spreadOf(penguins.map(({ measured }) => measured[j]!)));
  const scale = perCoefficient(1, (j) => 1 / spreads[j]!);
  const first = largestWeight(fun, biasesOnly(penguins), spreads);
  let x = biasesOnly(penguins);
  const knots = Array.from({ length: count }, (_, k): Knot => {
    const weight = first * LAST ** (k / (count - 1));
    const l1 = perCoefficient(0, (j) => weight * spreads[j]!);
    const result = minimize(fun, x, { l1, scale, toleranceGrad: TOLERANCE });
    x = result.x;
    const { evaluations, converged } = result;
    return { weight, x, count: nonZero(x), accuracy: accuracy(penguins, x), evaluations, converged };
  });
  return { knots, spreads };
}

/** The biases that tell how frequent each species is: the fit without a coefficient. */
function biasesOnly(penguins: readonly Penguin[]): Float64Array {
  const x = perCoefficient(0, () => 0);
  for (const [c, name] of SPECIES.entries()) {
    x[c] = Math.log(penguins.filter(({ species }) => species === name).length / penguins.length);
  }
  return x;
}

/** The least weight that leaves no coefficient. */
function largestWeight(
  fun: (x: Float64Array, gradient: Float64Array) => number,
  x: Float64Array,
  spreads: readonly number[],
): number {
  const gradient = new Float64Array(x.length);
  fun(x, gradient);
  const slopes = spreads.flatMap((spread, j) => SPECIES.map((_, c) => Math.abs(gradient[indexOf(c, j)]!) / spread));
  return Math.max(...slopes);
}

const nonZero = (x: Float64Array): number => x.subarray(SPECIES.length).filter((value) => value !== 0).length;

function spreadOf(values: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
