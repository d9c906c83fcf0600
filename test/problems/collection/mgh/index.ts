import type { Problem } from '../problem';
import { FITS } from './fits';
import { SUMS } from './sums';
import { SYSTEMS } from './systems';
import { VALLEYS } from './valleys';

/**
 * The problems of Moré, Garbow and Hillstrom (1981) at their standard starts and dimensions: 44 instances of all 35.
 */
export const MGH: readonly Problem[] = [...VALLEYS, ...FITS, ...SUMS, ...SYSTEMS];
