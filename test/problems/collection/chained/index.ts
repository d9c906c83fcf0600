import type { Problem } from '../problem';
import { DIXMAAN } from './dixmaan';
import { QUARTICS } from './quartics';
import { VALLEYS } from './valleys';

/** Sums of functions of few variables each, as CUTE has them, to n = 1000. */
export const CHAINED: readonly Problem[] = [...VALLEYS, ...DIXMAAN, ...QUARTICS];
