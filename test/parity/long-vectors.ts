// Whole trainings on vectors of several chunks (chunk_size in native/core/vectors/cpu/kernels/lengths.hpp), where threads have something to share.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { LBFGS, type Dtype, type LBFGSOptions } from 'lbfgs';
import { Model } from '../problems/model';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock } from '../problems/objectives';

const SIZE = 50_000;
/** No cut is where a chunk ends. */
const CUTS = [18_500, 1, 31_499];
const STEPS = 4;

interface Variant {
  readonly dtypes: readonly [Dtype, Dtype, Dtype];
  readonly options: LBFGSOptions;
}
const VARIANTS: Readonly<Record<string, Variant>> = {
  'float64, with a line search': {
    dtypes: ['float64', 'float64', 'float64'],
    options: { lineSearchFn: 'strong_wolfe' },
  },
  'float64, without a line search, pairs in float32': {
    dtypes: ['float64', 'float64', 'float64'],
    options: { lr: 0.1, historyDtype: 'float32' },
  },
  'float32, with a line search': {
    dtypes: ['float32', 'float32', 'float32'],
    options: { lineSearchFn: 'strong_wolfe' },
  },
  'mixed, with a line search': {
    dtypes: ['float32', 'float64', 'float32'],
    options: { lineSearchFn: 'strong_wolfe' },
  },
};

const random = randomNumbers(7);
const START = Array.from({ length: SIZE }, (_, i) => (i % 2 === 0 ? -1.2 : 1) + 0.1 * random());

/** What a step returned, how it went, and a digest of every bit it left. */
interface StepMade {
  readonly returned: number;
  readonly report: unknown;
  readonly digest: string;
}

/** A digest of the value as JSON and of the bits of its arrays. (v8.serialize tells a whole number kept as a double from an integer, as
 * compilation has it.) */
function digestOf(value: unknown): string {
  const hash = createHash('sha256');
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (!ArrayBuffer.isView(part)) return part;
    hash.update(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    return `${part.constructor.name} of ${part.byteLength} bytes`;
  });
  return hash.update(text).digest('hex');
}

class Training {
  readonly #variant: Variant;
  #model: Model;
  #optimizer: LBFGS;

  constructor(variant: Variant, threads: number, x: ArrayLike<number> = START) {
    this.#variant = variant;
    this.#model = new Model(extendedRosenbrock, x, { dtype: variant.dtypes, cuts: CUTS });
    // Of 16 iterations in all: the history fills up and turns over.
    const options = { ...variant.options, threads, historySize: 5, maxIter: 4, maxEval: 100 };
    this.#optimizer = new LBFGS(this.#model.params, options);
  }

  step(): StepMade {
    const returned = this.#optimizer.step(this.#model.closure);
    const { x, gradient } = this.#model;
    const digest = digestOf([x, gradient, this.#optimizer.stateDict()]);
    return { returned, report: this.#optimizer.lastStep, digest };
  }

  /** The same training in new arrays and a new optimiser, by way of a state dict. */
  moved(threads: number): Training {
    const next = new Training(this.#variant, threads, this.#model.x);
    next.#optimizer.loadStateDict(this.#optimizer.stateDict());
    return next;
  }
}

function train(variant: Variant, threads: number): StepMade[] {
  const training = new Training(variant, threads);
  return Array.from({ length: STEPS }, () => training.step());
}

/** The same, saved and loaded after each step, the number of threads changing as it goes. */
function trainInPieces(variant: Variant): StepMade[] {
  let training = new Training(variant, 4);
  return [1, 2, 4, 1].map((threads) => {
    const made = training.step();
    training = training.moved(threads);
    return made;
  });
}

/**
 * The tests of all variants.
 * @param each gets what a variant's training gave, once it has been found to be the same for every number of threads
 */
export function describeLongVectors(each: (name: string, steps: readonly StepMade[]) => void): void {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    it(`of ${SIZE} values (${name}) train to the same bits with 1, 2 and 4 threads, and resumed after every step`, () => {
      const steps = train(variant, 1);
      assert.ok(steps.every(({ returned }, index) => index === 0 || returned < steps[index - 1]!.returned));
      assert.deepEqual(train(variant, 2), steps);
      assert.deepEqual(train(variant, 4), steps);
      assert.deepEqual(trainInPieces(variant), steps);
      each(name, steps);
    });
  }
}
