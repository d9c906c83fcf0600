// The losses of a fit, rho(z) of the squared weighted residual z, and how Gauss-Newton takes account of them: Triggs,
// McLauchlan, Hartley and Fitzgibbon, Bundle Adjustment - A Modern Synthesis (2000), equation 11, as SciPy does.

/** The name of the function rho whose sum over the points a fit minimises: see `CurveFitOptions.loss`. */
export type FitLoss = 'linear' | 'huber' | 'soft_l1';
export const FIT_LOSSES: readonly FitLoss[] = ['linear', 'huber', 'soft_l1'];

/** rho(z), its derivative, and its second derivative times z. */
interface Rho {
  readonly value: (z: number) => number;
  readonly slope: (z: number) => number;
  readonly curvature: (z: number) => number;
}

const RHO: Readonly<Record<FitLoss, Rho>> = {
  linear: { value: (z) => z, slope: () => 1, curvature: () => 0 },
  huber: {
    value: (z) => (z <= 1 ? z : 2 * Math.sqrt(z) - 1),
    slope: (z) => (z <= 1 ? 1 : 1 / Math.sqrt(z)),
    curvature: (z) => (z <= 1 ? 0 : -0.5 / Math.sqrt(z)),
  },
  soft_l1: {
    // 2 (sqrt(1 + z) - 1) in a form that keeps its digits for small z.
    value: (z) => (2 * z) / (Math.sqrt(1 + z) + 1),
    slope: (z) => 1 / Math.sqrt(1 + z),
    curvature: (z) => (-0.5 * z) / (1 + z) ** 1.5,
  },
};

/** The least square of a row's scale, by which `robustRows` divides. */
const LEAST_CURVATURE = 2 ** -52;
const EPSILON = 2 ** -52;

/** rho(r^2). */
export function valueOf(loss: FitLoss, r: number): number {
  return RHO[loss].value(r * r);
}

/** rho'(r^2). */
export function slopeOf(loss: FitLoss, r: number): number {
  return RHO[loss].slope(r * r);
}

/** sqrt(rho' + 2 rho'' r^2): what the row of the Jacobian that belongs to r is multiplied by. */
export function rowScaleOf(loss: FitLoss, r: number): number {
  const { slope, curvature } = RHO[loss];
  return Math.sqrt(Math.max(slope(r * r) + 2 * curvature(r * r), LEAST_CURVATURE));
}

/** The sum of rho(r_i^2). */
export function lossOf(loss: FitLoss, residuals: Float64Array): number {
  const { value } = RHO[loss];
  let sum = 0;
  for (const r of residuals) sum += value(r * r);
  return sum;
}

/**
 * Replaces the residuals r by rho' r / s, and returns the numbers s that the rows of the Jacobian J are to be
 * multiplied by: then J^T r is half the gradient of the loss, and J^T J half its Gauss-Newton matrix. undefined: all
 * are 1.
 */
export function robustRows(loss: FitLoss, residuals: Float64Array): Float64Array | undefined {
  if (loss === 'linear') return undefined;
  return residuals.map((r, i) => {
    const scale = rowScaleOf(loss, r);
    residuals[i] = (slopeOf(loss, r) * r) / scale;
    return scale;
  });
}

/** Errors of a model that is computed in several operations, in units in the last place. */
const ERROR_IN_UNITS = 8;

/**
 * What rounding of the model can change of the loss: the standard deviation of 2 sum rho' r e, and sum e^2, for errors
 * e of some units in the last place of model and data.
 */
export function roundingOf({ loss, y, weights }: Rounded, residuals: Float64Array): number {
  const { slope } = RHO[loss];
  let [mixed, square] = [0, 0];
  for (let i = 0; i < residuals.length; i++) {
    const r = residuals[i]!;
    const data = y[i]! * (weights === undefined ? 1 : weights[i]!);
    const error = ERROR_IN_UNITS * EPSILON * (Math.abs(r + data) + Math.abs(data));
    mixed += (slope(r * r) * r * error) ** 2;
    square += error ** 2;
  }
  return 2 * Math.sqrt(mixed) + square;
}

interface Rounded {
  readonly loss: FitLoss;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
}
