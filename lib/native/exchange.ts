// The numbers that this package and the core exchange: where they stand, and what they stand for.

import { rangeError } from '../checks/errors';

/**
 * Where the numbers of the exchange block are, as in native/binding/exchange.hpp. When the binary is loaded, its order
 * of these names and of those below is compared with this one. The object is a literal, so that V8 compiles
 * `numbers[AT.lr]` into one instruction.
 */
export const AT = {
  lr: 0,
  maxIter: 1,
  maxEval: 2,
  toleranceGrad: 3,
  toleranceChange: 4,
  historySize: 5,
  lineSearch: 6,
  maxLs: 7,
  threads: 8,
  historyFloat32: 9,
  method: 10,
  toleranceGradRelative: 11,
  noise: 12,
  diagonal: 13,
  relativePairs: 14,
  distributed: 15,
  recursion: 16,
  toldLoss: 17,
  called: 18,
  asked: 19,
  wantedBytes: 20,
  added: 21,
  largest: 22,
  status: 23,
  initialLoss: 24,
  loss: 25,
  gradMax: 26,
  current: 27,
  iterations: 28,
  evaluations: 29,
  stepSize: 30,
  gradBound: 31,
  promised: 32,
  sensitivity: 33,
  noiseFound: 34,
  residualOrder: 35,
  blamesGradient: 36,
  gradientStale: 37,
  funcEvals: 38,
  nIter: 39,
  t: 40,
  hDiag: 41,
  prevLoss: 42,
  known: 43,
  stalled: 44,
  gradReference: 45,
  historyLength: 46,
  uncombined: 47,
} as const;
export type Field = keyof typeof AT;

/** How a direction is computed, native/core/recursion/recursion.hpp. */
export const RECURSIONS: readonly string[] = ['two_loop', 'compact'];

/**
 * What the core requests, native/core/ask/ask.hpp; outOfMemory where it could not go on (native/binding/exchange.hpp).
 */
export const ASKED = { outOfMemory: -1, done: 0, evaluate: 1, iteration: 2, reduce: 3 } as const;
export type Asked = (typeof ASKED)[keyof typeof ASKED];

/** Why a step ended, native/core/types/outcome.hpp. */
export const STATUSES = [
  'converged_gradient',
  'converged_slope',
  'converged_step',
  'converged_loss',
  'max_iter',
  'max_eval',
  'line_search_failed',
  'non_finite',
  'stopped',
  'time_limit',
  'aborted',
  'unbounded',
  'non_finite_start',
] as const;
export type NativeStatus = (typeof STATUSES)[number];

/** How a step is cancelled, by indices of STATUSES. */
export const CANCEL = {
  stopped: STATUSES.indexOf('stopped'),
  aborted: STATUSES.indexOf('aborted'),
  late: STATUSES.indexOf('time_limit'),
};

/** The numbers that both sides keep: see native/binding/exchange.hpp. */
export class Exchange {
  readonly numbers: Float64Array = new Float64Array(Object.keys(AT).length);

  /** What the core asks for next. */
  get asked(): Asked {
    return this.numbers[AT.asked] as Asked;
  }
  /** The closure's answer. */
  set toldLoss(loss: number) {
    this.numbers[AT.toldLoss] = loss;
  }
  /** Whether the closure has been called for the request that waits for an answer. */
  set called(called: boolean) {
    this.numbers[AT.called] = called ? 1 : 0;
  }
  get(field: Field): number {
    return this.numbers[AT[field]]!;
  }
  set(field: Field, value: number): void {
    this.numbers[AT[field]] = value;
  }
  get status(): NativeStatus {
    return STATUSES[this.get('status')]!;
  }
  /** What the core asks for after a call of it; throws where it could not have the memory it wanted. */
  checkMemory(): Asked {
    const { asked } = this;
    if (asked !== ASKED.outOfMemory) return asked;
    this.numbers[AT.asked] = ASKED.done;
    throw outOfMemory(this.get('wantedBytes'));
  }
}

function outOfMemory(bytes: number): RangeError {
  const wanted = bytes > 0 ? `${bytes} bytes` : 'some';
  return rangeError(
    'ERR_LBFGS_OUT_OF_MEMORY',
    `Expected memory for the history and the working vectors but ${wanted} could not be had; lower historySize or use float32 parameters`,
  );
}
