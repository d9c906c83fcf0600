// Problems with bounds, and problems with an L1 penalty; test/problems/bounded.test.ts verifies their minima.

import { EDGES } from './edges';
import { GAY } from './gay';
import { GRIDS } from './grids';
import { L1 } from './l1';
import { LOGISTIC } from './logistic';
import type { BoundedProblem } from './problem';
import { PUBLISHED } from './published';
import { QUADRATIC } from './quadratics';

export { L1 };
export type { BoundedProblem } from './problem';

/** Those with bounds and no penalty. */
export const BOUNDED: readonly BoundedProblem[] = [...PUBLISHED, ...GAY, ...EDGES, ...GRIDS, ...QUADRATIC, ...LOGISTIC];
