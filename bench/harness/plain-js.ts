// The baseline: the two-loop recursion (Nocedal and Wright, algorithm 7.4) in plain JavaScript, with steps of fixed length. Typed arrays,
// no allocation in the loop, simple loops that the compiler can see through.

import { makeProblem, type FloatArray, type Problem } from './problem';
import { serve, type Clock, type Request, type Subject } from './protocol';

function dot(a: FloatArray, b: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** y += a x */
function axpy(a: number, x: FloatArray, y: FloatArray): void {
  for (let i = 0; i < x.length; i++) y[i]! += a * x[i]!;
}

/** r = H g, from the pairs at `first`, first + 1, … of the rings. */
class History {
  readonly #s: readonly FloatArray[];
  readonly #y: readonly FloatArray[];
  readonly #rho: Float64Array;
  readonly #alpha: Float64Array;
  #first = 0;
  #scale = 1;
  size = 0;

  constructor(x: FloatArray, m: number) {
    const row = (): FloatArray => (x instanceof Float32Array ? new Float32Array(x.length) : new Float64Array(x.length));
    this.#s = Array.from({ length: m }, row);
    this.#y = Array.from({ length: m }, row);
    this.#rho = new Float64Array(m);
    this.#alpha = new Float64Array(m);
  }

  clear(): void {
    this.#first = 0;
    this.size = 0;
  }

  /** s = t d, y = g - before; left out where the curvature is not positive. */
  push(t: number, d: FloatArray, g: FloatArray, before: FloatArray): void {
    const m = this.#s.length;
    const row = (this.#first + this.size) % m;
    const s = this.#s[row]!;
    const y = this.#y[row]!;
    let ys = 0;
    let yy = 0;
    for (let i = 0; i < s.length; i++) {
      const si = t * d[i]!;
      const yi = g[i]! - before[i]!;
      s[i] = si;
      y[i] = yi;
      ys += si * yi;
      yy += yi * yi;
    }
    if (!(ys > 1e-10)) throw new Error('a pair without positive curvature');
    this.#rho[row] = 1 / ys;
    this.#scale = ys / yy;
    if (this.size < m) this.size++;
    else this.#first = (this.#first + 1) % m;
  }

  /** d = -H g */
  direction(g: FloatArray, d: FloatArray): void {
    const m = this.#s.length;
    const [s, y, rho, alpha, scale] = [this.#s, this.#y, this.#rho, this.#alpha, this.#scale];
    for (let i = 0; i < g.length; i++) d[i] = -g[i]!;
    for (let age = this.size - 1; age >= 0; age--) {
      const row = (this.#first + age) % m;
      const a = rho[row]! * dot(s[row]!, d);
      alpha[row] = a;
      axpy(-a, y[row]!, d);
    }
    for (let i = 0; i < d.length; i++) d[i]! *= scale;
    for (let age = 0; age < this.size; age++) {
      const row = (this.#first + age) % m;
      axpy(alpha[row]! - rho[row]! * dot(y[row]!, d), s[row]!, d);
    }
  }
}

function minimise(
  problem: Problem,
  history: History,
  work: { d: FloatArray; before: FloatArray },
  closure: () => number,
  iterations: number,
): void {
  const { x, gradient, step } = problem;
  const { d, before } = work;
  history.clear();
  closure();
  let norm1 = 0;
  for (const value of gradient) norm1 += Math.abs(value);
  let t = Math.min(1, 1 / norm1) * step;
  for (let i = 0; i < d.length; i++) d[i] = -gradient[i]!;
  for (let iteration = 1; iteration <= iterations; iteration++) {
    if (iteration > 1) {
      history.push(t, d, gradient, before);
      history.direction(gradient, d);
      t = step;
    }
    before.set(gradient);
    axpy(t, d, x);
    closure();
  }
}

function make({ n, m, dtype, iterations }: Request): Subject {
  const problem = makeProblem(n, dtype);
  const history = new History(problem.x, m);
  const work = { d: problem.x.slice(), before: problem.x.slice() };
  const { x, evaluate } = problem;
  const solve = (clock: Clock): void => {
    x.fill(1);
    let isFirst = true;
    const closure = (): number => {
      if (!isFirst) clock.iteration();
      isFirst = false;
      clock.evaluation();
      return evaluate();
    };
    minimise(problem, history, work, closure, m + 1 + iterations);
    if (history.size !== m) throw new Error('the history is not full');
  };
  return { evaluate, solve };
}

void serve(make);
