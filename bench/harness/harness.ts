// What the subjects in JavaScript share: the protocol of ../protocol.ts, and what is measured. ../peers/harness.hpp
// measures the same in C++.

import { readSync } from 'node:fs';
import { median, type Answer, type Request } from '../protocol';
import { problemNamed } from '../solves/problems';
import { endless, type FloatArray, type Objective } from './endless';

/** Thrown for a request that the subject does not support. */
export class Unavailable extends Error {}

/** What a library returns. */
export interface Ending {
  readonly x: ArrayLike<number>;
  readonly iterations: number;
  readonly status: string;
  readonly converged?: boolean;
}

/** The functions of a subject for a run. */
export interface Subject {
  /** One solve from x0. Where iterations are timed it may end as soon as `isDone`. */
  readonly solve: () => Ending | undefined;
  /** An evaluation of the objective as the subject makes it, where that is not a call of `objective`. */
  readonly evaluate?: () => unknown;
  /** What a solve makes and drops, without the solve. */
  readonly construct?: () => void;
  /** After the last timed iteration: throws where the history was not full. */
  readonly check?: () => void;
}

const DEFAULTS = {
  m: 0,
  threads: 1,
  seconds: 0,
  warm: 0,
  step: 0,
  fill: 0,
  iterations: 0,
  toleranceGrad: 0,
  targets: [],
};

/** A request to a subject, and the counts and times of its evaluations and iterations, solve after solve. */
export class Run {
  readonly request: Request & Required<Pick<Request, keyof typeof DEFAULTS | 'maxIter'>>;
  readonly x0: FloatArray;
  readonly objective: Objective;
  #iterations = 0;
  #begun = 0;
  #timedBegun = 0;
  evaluations = 0;
  timedEvaluations = 0;
  timed = 0;
  first = NaN;
  reached: number[] = [];
  readonly times: number[][];

  constructor(request: Request) {
    const { problem, values, fill = 0, iterations = 0, dtype, x0, n } = request;
    const Floats = dtype === 'float32' ? Float32Array : Float64Array;
    this.request = { maxIter: fill + iterations + 1, ...DEFAULTS, ...request };
    this.x0 = x0 ? Floats.from(x0) : new Floats(n!).fill(1);
    const own = (): Objective => (problem === 'endless' ? endless(this.x0) : (problemNamed(problem).fun as Objective));
    this.objective = values === 'parent' ? valuesOfParent : own();
    this.times = this.request.targets.map(() => []);
  }

  get isDone(): boolean {
    const { fill, iterations } = this.request;
    return iterations > 0 && this.#iterations >= fill + iterations;
  }

  begin(): void {
    this.#iterations = this.evaluations = this.timedEvaluations = 0;
    if (this.reached.length > 0) this.reached = [];
    this.#begun = performance.now();
  }

  readonly evaluate: Objective = (x, gradient) => {
    const loss = this.objective(x, gradient);
    if (this.evaluations++ === 0) this.first = loss;
    while (this.reached.length < this.times.length && loss <= this.request.targets[this.reached.length]!) {
      this.times[this.reached.length]!.push((performance.now() - this.#begun) * 1e6);
      this.reached.push(this.evaluations);
    }
    return loss;
  };

  /** An evaluation by a subject that takes fixed steps: each but the first ends an iteration. */
  readonly closure: Objective = (x, gradient) => {
    if (this.evaluations > 0) this.iteration();
    return this.evaluate(x, gradient);
  };

  /** To be called at the same place in every iteration. Returns whether the subject has to stop. */
  iteration(): boolean {
    const { fill, iterations } = this.request;
    this.#iterations++;
    if (this.#iterations === fill) {
      this.#timedBegun = performance.now();
      this.timedEvaluations = -this.evaluations;
    } else if (this.#iterations === fill + iterations) {
      this.timed = (performance.now() - this.#timedBegun) * 1e6;
      this.timedEvaluations += this.evaluations;
    }
    return this.isDone;
  }
}

/** Asks the parent process for the loss and the gradient. Numbers that are not finite are sent as texts. */
function valuesOfParent(x: FloatArray, gradient: FloatArray): number {
  console.log(JSON.stringify({ x: Array.from(x, (value) => (Number.isFinite(value) ? value : String(value))) }));
  const { f, g } = JSON.parse(nextLine()!) as { f: number | string; g: (number | string)[] };
  for (const [i, value] of g.entries()) gradient[i] = Number(value);
  return Number(f);
}

const chunk = Buffer.alloc(1 << 16);
let input = '';

/**
 * Reads the next line of stdin synchronously, because an objective has to return its loss. undefined: the input has
 * ended.
 */
function nextLine(): string | undefined {
  let end: number;
  while ((end = input.indexOf('\n')) < 0) {
    const count = readSync(0, chunk);
    if (count === 0) return undefined;
    input += chunk.toString('latin1', 0, count);
  }
  const line = input.slice(0, end);
  input = input.slice(end + 1);
  return line;
}

/** Answers the requests of stdin, one line each. */
export function serve(make: (run: Run) => Subject): void {
  for (let line = nextLine(); line !== undefined; line = nextLine()) {
    let reply: object;
    try {
      const run = new Run(JSON.parse(line) as Request);
      reply = answer(run, make(run));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      reply = error instanceof Unavailable ? { unavailable: error.message } : { failed: error.message };
    }
    console.log(JSON.stringify(reply));
    globalThis.gc?.(); // frees what this request held before the next one is timed
  }
}

function answer(run: Run, { solve, evaluate, construct, check }: Subject): Answer {
  const { seconds, warm, iterations } = run.request;
  const timed: number[] = [];
  let ending: Ending | undefined;
  const solveOnce = (): void => {
    run.begin();
    ending = solve();
    if (iterations === 0) return;
    if (!run.isDone) throw new Error('stopped before the last iteration to be timed');
    timed.push(run.timed);
  };
  if (warm > 0) meanOf(solveOnce, warm); // so that the code is compiled before it is timed
  timed.length = 0;
  for (const times of run.times) times.length = 0;
  const mean = meanOf(solveOnce, seconds);
  check?.();
  const { evaluations, timedEvaluations, first, reached, times } = run;
  const at = run.x0.slice();
  if (ending) at.set(ending.x);
  const gradient = at.slice();
  const loss = run.objective(at, gradient);
  return {
    solve: mean,
    ...(construct && seconds > 0 && { construction: (meanOf(construct, warm), meanOf(construct, seconds / 2)) }),
    timed: median(timed),
    timedEvaluations,
    objective: seconds > 0 ? costOf(evaluate ?? (() => run.objective(at, gradient)), seconds / 10) : 0,
    first,
    reached,
    times: times.slice(0, reached.length).map(median),
    evaluations,
    iterations: ending?.iterations ?? 0,
    loss,
    gradNorm: largest(gradient),
    status: ending?.status ?? '',
    ...(ending?.converged !== undefined && { converged: ending.converged }),
  };
}

/**
 * The mean nanoseconds of a call, over so many seconds and at least one call; garbage collections in that time count.
 */
function meanOf(call: () => void, seconds: number): number {
  const begun = performance.now();
  for (let calls = 1; ; calls++) {
    call();
    const elapsed = performance.now() - begun;
    if (elapsed >= seconds * 1e3) return (elapsed * 1e6) / calls;
  }
}

/** The median nanoseconds of a call. */
function costOf(call: () => unknown, seconds: number): number {
  const costs: number[] = [];
  let calls = 1;
  for (const end = performance.now() + seconds * 1e3; costs.length < 5 || performance.now() < end;) {
    const begun = performance.now();
    for (let i = 0; i < calls; i++) call();
    const elapsed = performance.now() - begun;
    if (elapsed < 0.1 && costs.length === 0) calls *= 2;
    else costs.push((elapsed * 1e6) / calls);
  }
  return median(costs);
}

function largest(values: FloatArray): number {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
}
