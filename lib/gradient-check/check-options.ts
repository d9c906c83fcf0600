// The options of checkGradient.

import type { Dtype } from '../checks/arrays';
import { isCount, isInteger } from '../checks/own';
import { refuseArgument } from '../checks/refusals';
import { checkKeys } from '../options/options';
import type { Bounds } from '../solve/region';

/** Options of `checkGradient`. */
export interface CheckGradientOptions {
  /**
   * Relative step: coordinate i moves by step * max(1, |x[i]|). At least 2^-48, or 2^-20 where float32 numbers are
   * moved. The default is the cube root of the precision's epsilon: about 6e-6, with float32 5e-3.
   */
  step?: number;
  /**
   * Largest number of coordinates that are checked one by one, an integer >= 1. The first coordinate is among them and,
   * from 2 on, the last. Default 100.
   */
  samples?: number;
  /** Seed of the random directions, an integer >= 0. Default 0. */
  seed?: number;
  /**
   * The precision in which loss and gradient are computed. `'float32'` takes longer steps, between points that float32
   * can hold, and allows for the rounding of single precision. It does not detect an error below about 6e-4 of the
   * loss, so subtract constants from the loss. The default is the dtype of x, or of the parameters if all have the
   * same, otherwise `'float64'`.
   */
  dtype?: Dtype;
  /**
   * The box that no point of a difference leaves, as in `MinimizeOptions`; for parameters, the entries of all of them,
   * one parameter behind the other. x is moved into it. Where a step has no room on both sides, one-sided differences
   * of the second order are taken. Fixed variables are not moved, and their entries of the gradient are ignored.
   * Default: none.
   */
  bounds?: Bounds;
}

/** The options, each with its value where it has a default. */
export interface Settings {
  readonly samples: number;
  readonly seed: number;
  readonly step: number | undefined;
  readonly dtype: Dtype | undefined;
  readonly bounds: unknown;
}

export function checkOptions(options: CheckGradientOptions): Settings {
  const given = checkKeys(options, ['step', 'samples', 'seed', 'dtype', 'bounds'], 'checkGradient');
  const { step, samples = 100, seed = 0, dtype, bounds } = given;
  const rules = [
    ['step', step, step === undefined || (Number.isFinite(step) && step > 0), 'a finite number > 0', 'number'],
    ['samples', samples, isInteger(samples, 1), 'an integer >= 1', 'number'],
    ['seed', seed, isCount(seed), 'an integer >= 0', 'number'],
    ['dtype', dtype, [undefined, 'float32', 'float64'].includes(dtype), "'float32' or 'float64'", 'string'],
  ] as const;
  for (const [name, value, accepted, expected, type] of rules) {
    if (!accepted) throw refuseArgument(type, expected, name, value);
  }
  return { samples, seed, step, dtype, bounds };
}
