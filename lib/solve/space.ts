// The space that a solve works in: the region of its points, and the units of its variables.

import type { OwnedArray } from '../checks/arrays';
import { describe, rangeError } from '../checks/errors';
import type { Region } from '../native/core';
import { EVERYWHERE, fixedOf, project, regionOf, type Box, type PerCoordinate } from './region';
import { regionInUnits, scaleOf, sizesAt, unitsOf } from './scale';

/**
 * The space of a solve. Without bounds, penalty and scale the box is everywhere, and there are no region and no units.
 */
export interface Space {
  /** In the user's units. */
  readonly box: Box;
  /** In the units of the core. */
  readonly region: Region | undefined;
  /** The units s of z = x / s, in which the core works; undefined where all are 1. */
  readonly units: Float64Array | undefined;
  /** Coordinates that the box fixes. */
  readonly fixed: readonly number[];
  /** How large the variables are taken to be. */
  readonly sizes: PerCoordinate | undefined;
}

interface SpaceOptions {
  readonly bounds?: unknown;
  readonly l1?: unknown;
  readonly scale?: unknown;
  readonly gradient?: unknown;
  readonly tolerances?: unknown;
  readonly lineSearchFn?: unknown;
  readonly diagonal?: unknown;
}

/** The space that the options describe; moves the start into its box. */
export function spaceOf(given: SpaceOptions, start: OwnedArray): Space {
  const size = start.length;
  const region = regionOf(given.bounds, given.l1, size);
  if (region !== undefined) {
    checkMethod(given);
    project(start, region);
  }
  const box = region ?? EVERYWHERE;
  const scale = scaleOf(given.scale, start, box);
  const units = scale === undefined ? undefined : unitsOf(scale, size, region);
  return {
    box,
    region: region && units ? regionInUnits(region, units) : region,
    units,
    fixed: region === undefined ? [] : fixedOf(region, size),
    sizes: scale ?? (given.gradient === undefined ? undefined : sizesAt(start, box)),
  };
}

/** Throws for options with which there can be no bounds and no penalty. */
function checkMethod({ bounds, tolerances, lineSearchFn, diagonal }: SpaceOptions): void {
  const what = bounds === undefined ? 'l1' : 'bounds';
  const others: [wanted: string, name: string, received: unknown, isRight: boolean][] = [
    ["'noise_tolerant'", 'lineSearchFn', lineSearchFn, [undefined, 'noise_tolerant'].includes(lineSearchFn as string)],
    ['false', 'diagonal', diagonal, diagonal !== true],
    ["'relative'", 'tolerances', tolerances, [undefined, 'relative'].includes(tolerances as string)],
  ];
  for (const [wanted, name, received, isRight] of others) {
    if (isRight) continue;
    const message = `Expected ${wanted} for ${name} with ${what} but received ${describe(received)}`;
    throw rangeError('ERR_LBFGS_ARG_VALUE', message);
  }
}
