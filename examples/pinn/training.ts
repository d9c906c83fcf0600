import { minimize } from 'lbfgs/jax';
import * as jax from '@jax-js/jax';
import { adam } from './adam';
import { errorOf, residual, solution, start } from './oscillator';

const RATE = 0.01;
const SEED = 7;

/** How many evaluations of the residual and its gradient each part of the training makes. */
export interface Budget {
  /** By Adam, before L-BFGS goes on. */
  readonly adam: number;
  /** By L-BFGS, and by Adam where it goes on alone. */
  readonly more: number;
}

/** A network at the end of a part. */
export interface Trained {
  /** What it says u is at TIMES. */
  readonly solution: Float64Array;
  /** Its largest error there. */
  readonly error: number;
  readonly loss: number;
}

/** How the training went. */
export interface Training {
  /** The loss at every step of Adam: its part, then what it does alone. */
  readonly adamLosses: readonly number[];
  /** The loss after each iteration of L-BFGS, with the evaluations until then, those of Adam's part included. */
  readonly lbfgsLosses: readonly { readonly evaluation: number; readonly loss: number }[];
  readonly afterAdam: Trained;
  readonly adamAlone: Trained;
  readonly lbfgs: Trained & { readonly message: string };
}

/** Trains by Adam; then once more by L-BFGS from there, and once by Adam alone. */
export function train(budget: Budget): Training {
  const adamLosses: number[] = [];
  let handedOn = start(SEED);
  let afterAdam: Trained | undefined;
  const end = adam(residual, start(SEED), {
    rate: RATE,
    steps: budget.adam + budget.more + 1,
    onStep: (loss, network) => {
      adamLosses.push(loss);
      if (adamLosses.length !== budget.adam + 1) return;
      jax.tree.dispose(handedOn);
      handedOn = jax.tree.ref(network);
      afterAdam = { solution: solution(network), error: errorOf(network), loss };
    },
  });
  const adamAlone = { solution: solution(end), error: errorOf(end), loss: adamLosses.at(-1)! };
  jax.tree.dispose(end);

  const lbfgsLosses = [{ evaluation: budget.adam + 1, loss: afterAdam!.loss }];
  const { params, loss, message } = minimize(jax, residual, handedOn, {
    historySize: 100,
    maxEval: budget.more,
    onIteration: ({ evaluations, loss }) => {
      lbfgsLosses.push({ evaluation: budget.adam + evaluations, loss });
    },
  });
  const lbfgs = { solution: solution(params), error: errorOf(params), loss, message };
  jax.tree.dispose(params);
  return { adamLosses, lbfgsLosses, afterAdam: afterAdam!, adamAlone, lbfgs };
}
