// What the harnesses in TypeScript share: the clock and the protocol. ../peers/harness.hpp says what is read and written, and times the same.

import { createInterface } from 'node:readline';
import { median } from '../statistics';

export interface Request {
  readonly n: number;
  readonly m: number;
  readonly dtype: string;
  readonly threads: number;
  readonly iterations: number; // timed in each solve, the history full
  readonly seconds: number; // solves are repeated until they took this long
}

/** Thrown for what the subject does not have. */
export class Unavailable extends Error {}

/** Times the iterations after the first `fill`: from then on every direction is made of m pairs. */
export class Clock {
  readonly #from: number;
  readonly until: number;
  #iterations = 0;
  #evaluations = 0;
  #begun = 0;
  elapsed = 0;
  timedEvaluations = 0;

  constructor(fill: number, iterations: number) {
    this.#from = fill;
    this.until = fill + iterations;
  }

  get done(): boolean {
    return this.#iterations >= this.until;
  }

  evaluation(): void {
    this.#evaluations++;
  }

  /** At the same place in every iteration. */
  iteration(): void {
    this.#iterations++;
    if (this.#iterations === this.#from) {
      this.#begun = performance.now();
      this.timedEvaluations = -this.#evaluations;
    } else if (this.#iterations === this.until) {
      this.elapsed = (performance.now() - this.#begun) * 1e6;
      this.timedEvaluations += this.#evaluations;
    }
  }
}

/** What a harness makes of a request. */
export interface Subject {
  /** The objective alone. */
  readonly evaluate: () => number;
  /** One solve from x = 1, until the clock is done. */
  readonly solve: (clock: Clock) => void;
  /** After the last solve: throws where the history was not full. */
  readonly check?: () => void;
  /** Iterations before the timed ones; m + 1 unless said. */
  readonly fill?: number;
}

/** Answers the requests of stdin, one line each. */
export function serve(make: (request: Request) => Subject): Promise<void> {
  return serveWith((request) => answer(request, make(request)));
}

/** Answers each request with what `reply` makes of it. */
export async function serveWith(reply: (request: Request) => object): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [n, m, dtype, threads, iterations, seconds] = line.split(' ');
    const request = {
      n: Number(n),
      m: Number(m),
      dtype: dtype!,
      threads: Number(threads),
      iterations: Number(iterations),
      seconds: Number(seconds),
    };
    console.log(JSON.stringify(replyOrError(request, reply)));
    globalThis.gc?.(); // what this request held
  }
}

function replyOrError(request: Request, reply: (request: Request) => object): object {
  try {
    return reply(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error instanceof Unavailable ? { unavailable: error.message } : { failed: error.message };
  }
}

function answer({ n, m, iterations, seconds }: Request, { evaluate, solve, check, fill = m + 1 }: Subject): object {
  // The compiler has seen it all before it is timed, unless one solve is long enough for that by itself.
  const warm = performance.now() + seconds * 500;
  while (m * n < 1e6 && performance.now() < warm) solve(new Clock(fill, iterations));
  const objective = costOf(evaluate, seconds / 10);
  const spans: number[] = [];
  const evaluations: number[] = [];
  for (const end = performance.now() + seconds * 1e3; spans.length === 0 || performance.now() < end;) {
    const clock = new Clock(fill, iterations);
    solve(clock);
    if (!clock.done) throw new Error('stopped before the last iteration to be timed');
    spans.push(clock.elapsed - objective * clock.timedEvaluations);
    evaluations.push(clock.timedEvaluations);
  }
  check?.();
  return {
    iteration: median(spans) / iterations,
    objective,
    evaluations: median(evaluations) / iterations,
    iterations,
    solves: spans.length,
  };
}

/** Nanoseconds. */
function costOf(call: () => number, seconds: number): number {
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
