// The costs of this machine that the model needs, measured with the optimiser itself.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type Communicator, type LBFGSOptions } from 'lbfgs';
import { machineName, say } from '../output';

export interface Costs {
  readonly machine: string;
  /**
   * In the order of m and n: microseconds of an iteration without the closure, unsharded and as one of several ranks.
   */
  readonly passes: readonly { n: number; m: number; alone: number; rank: number }[];
  /** Evaluations in an iteration with strong_wolfe, of the problem that is timed. */
  readonly evaluations: number;
  /** Microseconds of a request of the core and of its answer, without the engine. */
  readonly request: number;
  /** Microseconds for each number that has arrived. */
  readonly number: number;
}

/** The number of iterations that are timed. Fewer long iterations are about as precise as many short ones. */
const timedOf = (n: number): number => (n < 1e6 ? 30 : 10);

interface Timed {
  /** Microseconds of an iteration without the closure. */
  readonly iteration: number;
  /** Evaluations of an iteration. */
  readonly evaluations: number;
}

/**
 * Times iterations on a quadratic function of n numbers, its curvatures log-spaced from 1 to 1e-6, with the history
 * full.
 */
export function timeIterations(n: number, m: number, more: LBFGSOptions): Timed {
  const x = new Parameter(new Float64Array(n).fill(1));
  const gradient = new Float64Array(n);
  x.grad = gradient;
  const curvatures = Float64Array.from({ length: n }, (_, i) => 10 ** ((-6 * i) / (n - 1)));
  let inClosure = 0;
  let evaluations = 0;
  const closure = (): number => {
    const started = performance.now();
    const { data } = x;
    let loss = 0;
    for (let i = 0; i < n; i++) {
      gradient[i] = curvatures[i]! * data[i]!;
      loss += gradient[i]! * data[i]!;
    }
    evaluations++;
    inClosure += performance.now() - started;
    return loss / 2;
  };
  const optimizer = new LBFGS([x], {
    lineSearchFn: 'strong_wolfe',
    historySize: m,
    maxIter: m + 1 + timedOf(n),
    maxEval: 1e6,
    toleranceGrad: 0,
    toleranceChange: 0,
    threads: 1,
    ...more,
  });
  let [started, ended, iterations, evaluated] = [0, 0, 0, 0];
  optimizer.step(closure, {
    onIteration: () => {
      iterations++;
      if (iterations === m + 1) {
        [inClosure, evaluated] = [0, evaluations];
        started = performance.now();
      }
      ended = performance.now() - inClosure;
    },
  });
  optimizer[Symbol.dispose]();
  const timed = iterations - m - 1;
  if (timed < timedOf(n))
    throw new Error(`only ${iterations} iterations of ${n} numbers: ${optimizer.lastStep!.status}`);
  return { iteration: (1e3 * (ended - started)) / timed, evaluations: (evaluations - evaluated) / timed };
}

/** The least of the times measured in two seconds, two of them at least: other processes only add to a time. */
function repeated(measure: () => number): number {
  const values: number[] = [];
  const until = performance.now() + 2000;
  while (values.length < 2 || (performance.now() < until && values.length < 50)) values.push(measure());
  return Math.min(...values);
}

/**
 * A communicator without a network: every rank sends what this one sends. time: the milliseconds in the communicator.
 */
function mirror(size: number): Communicator & { time: number; messages: number; numbers: number } {
  return {
    rank: 0,
    size,
    time: 0,
    messages: 0,
    numbers: 0,
    allReduce: () => assert.fail('the library gathers'),
    allGather(own, all) {
      const started = performance.now();
      for (let rank = 0; rank < size; rank++) all.set(own, rank * own.length);
      this.messages++;
      this.numbers += all.length;
      this.time += performance.now() - started;
    },
  };
}

/** Microseconds of a request and of a number that has arrived. */
function combining(): Pick<Costs, 'request' | 'number'> {
  const [n, m] = [1000, 10];
  const iterations = m + 1 + timedOf(n);
  const timeOf = (size: number): { time: number; messages: number; numbers: number } => {
    const comm = mirror(size);
    const { iteration } = timeIterations(n, m, { comm });
    return {
      time: iteration - (1e3 * comm.time) / iterations,
      messages: comm.messages / iterations,
      numbers: comm.numbers / iterations,
    };
  };
  const [few, many] = [timeOf(2), timeOf(1024)];
  const [timeOfFew, timeOfMany] = [repeated(() => timeOf(2).time), repeated(() => timeOf(1024).time)];
  const number = (timeOfMany - timeOfFew) / (many.numbers - few.numbers);
  const passes = repeated(() => timeCompact(n, m));
  return { number, request: Math.max(0, (timeOfFew - passes - few.numbers * number) / few.messages) };
}

/** Times iterations with the compact form, which ranks have for vectors of any length. */
function timeCompact(n: number, m: number): number {
  process.env['LBFGS_RECURSION'] = 'compact';
  try {
    return timeIterations(n, m, {}).iteration;
  } finally {
    delete process.env['LBFGS_RECURSION'];
  }
}

export function measureCosts(sizes: readonly number[], histories: readonly number[]): Costs {
  const passes = histories.flatMap((m) =>
    sizes.map((n) => {
      say(`measuring n = ${n}, m = ${m}`);
      const alone = repeated(() => timeIterations(n, m, {}).iteration);
      return { n, m, alone, rank: repeated(() => timeCompact(n, m)) };
    }),
  );
  const { evaluations } = timeIterations(1000, histories[0] ?? 10, {});
  return { machine: machineName(), passes, evaluations, ...combining() };
}

/** The lesser of two measurements of the same machine, each cost by itself. */
export function leastOf(one: Costs, other: Costs): Costs {
  const passes = one.passes.map((point) => {
    const again = other.passes.find(({ n, m }) => n === point.n && m === point.m) ?? point;
    return { ...point, alone: Math.min(point.alone, again.alone), rank: Math.min(point.rank, again.rank) };
  });
  const [request, number] = [Math.min(one.request, other.request), Math.min(one.number, other.number)];
  return { ...one, passes, request, number };
}
