// The problem collection: small and hard ones, with minima that test/problems/collection.test.ts verifies.

import { CHAINED } from './chained';
import { DOMAINS } from './domains';
import { LANDSCAPES } from './landscapes';
import { MGH } from './mgh';
import { NETWORKS } from './networks';
import { NIST } from './nist';
import { PHYSICS } from './physics';
import type { Problem } from './problem';
import { PROCESSES } from './processes';
import { REGRESSIONS } from './regressions';
import { SCALES } from './scales';

export { MGH };
export type { Evaluate, Minimum, Problem } from './problem';

/** All that are not of Moré, Garbow and Hillstrom. */
export const OTHERS: readonly Problem[] = [
  ...CHAINED,
  ...NIST,
  ...REGRESSIONS,
  ...NETWORKS,
  ...DOMAINS,
  ...SCALES,
  ...PHYSICS,
  ...PROCESSES,
  ...LANDSCAPES,
];

export const COLLECTION: readonly Problem[] = [...MGH, ...OTHERS];
