// Which number of an evaluation is NaN or infinite. It is looked for only where the loss is not finite or a message is
// made, not at every evaluation.

import { LBFGSError } from '../checks/errors';
import type { ParameterArrays } from '../native/parameter-arrays';
import type { StepOwner, Words } from '../native/step-owner';

/**
 * The error of a step whose first evaluation is not finite; values and gradients are as the user's function left them.
 */
export function refuseStart(loss: number, arrays: ParameterArrays, owner: StepOwner): Error {
  const isOfTheGradient = Number.isFinite(loss) && arrays.firstNonFinite('data') === undefined;
  const known = isOfTheGradient ? owner.explainStart() : undefined;
  if (known !== undefined) return known;
  return new LBFGSError(
    'ERR_LBFGS_NON_FINITE_START',
    `Expected a finite loss and gradient at ${owner.words.start} but received ${receivedNumber(loss, arrays, owner.words)}; nothing was moved`,
  );
}

/** The point comes first, since a point that is not finite is why the others are not. */
function receivedNumber(loss: number, arrays: ParameterArrays, words: Words): string {
  const value = arrays.firstNonFinite('data');
  if (value !== undefined) return `${value.value} for ${words.value(value)}`;
  if (!Number.isFinite(loss)) return `the loss ${loss}`;
  const gradient = arrays.firstNonFinite('grad');
  if (gradient !== undefined) return `${gradient.value} for ${words.gradient(gradient)}`;
  return 'a gradient or a parameter that is not finite';
}

/**
 * A sentence for a report about what became NaN or infinite at the last evaluation; '' if all numbers that are still
 * there are finite. `point`: the sentence about the point of that evaluation, from brokenPoint.
 */
export function whatBroke(loss: number, point: string | undefined, arrays: ParameterArrays, words: Words): string {
  if (point !== undefined) return point;
  if (!Number.isFinite(loss)) return `The loss became ${loss}`;
  const gradient = arrays.firstNonFinite('grad');
  if (gradient !== undefined)
    return `The gradient became NaN or infinite: ${words.gradient(gradient)} was ${gradient.value}`;
  return '';
}

/** The first value of the point that is not finite, as `whatBroke` tells of it. */
export function brokenPoint(arrays: ParameterArrays, words: Words): string | undefined {
  const value = arrays.firstNonFinite('data');
  if (value === undefined) return undefined;
  return `The point became NaN or infinite: ${words.value(value)} was ${value.value}`;
}
