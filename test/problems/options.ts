// The names of all options, for tests that try each of them.

import { LBFGS, Parameter } from 'lbfgs';

/** Of LBFGS: read from the library, so that an option that is added is tried as well. */
export const LBFGS_OPTIONS: readonly string[] = Object.keys(new LBFGS([new Parameter([0])]).defaults);

/** Of a step. */
export const STEP_OPTIONS: readonly string[] = ['onIteration', 'signal', 'timeLimit'];
