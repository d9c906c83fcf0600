// The baseline of a whole solve: L-BFGS (Nocedal and Wright, algorithm 7.5) with a line search for the strong Wolfe conditions (algorithms 3.5
// and 3.6, cubic interpolation) in plain JavaScript. Typed arrays, all pairs in two of them, simple loops, no allocation in them.

type Objective = (x: Float64Array, gradient: Float64Array) => number;

const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 25;
const MOST_ITERATIONS = 10000;

/** One solve: `x` is where it has come to. */
export class PlainSolve {
  readonly x: Float64Array;
  readonly #fun: Objective;
  readonly #m: number;
  readonly #g: Float64Array;
  readonly #d: Float64Array;
  readonly #trialX: Float64Array;
  readonly #trialG: Float64Array;
  readonly #s: Float64Array; // row i begins at i n, in y as well
  readonly #y: Float64Array;
  readonly #rho: Float64Array;
  readonly #alpha: Float64Array;
  #pairs = 0; // all that were ever made; the last m are kept
  #scale = 1;
  #loss = 0;
  #trialLoss = 0;

  constructor(fun: Objective, x0: ArrayLike<number>, m: number) {
    const n = x0.length;
    this.x = new Float64Array(x0);
    this.#fun = fun;
    this.#m = m;
    this.#g = new Float64Array(n);
    this.#d = new Float64Array(n);
    this.#trialX = new Float64Array(n);
    this.#trialG = new Float64Array(n);
    this.#s = new Float64Array(m * n);
    this.#y = new Float64Array(m * n);
    this.#rho = new Float64Array(m);
    this.#alpha = new Float64Array(m);
  }

  /** Goes on until max|g| is not above the tolerance. */
  run(toleranceGrad: number): void {
    const g = this.#g;
    this.#loss = this.#fun(this.x, g);
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      let max = 0;
      let norm1 = 0;
      for (const entry of g) {
        const size = Math.abs(entry);
        norm1 += size;
        if (size > max) max = size;
      }
      if (max <= toleranceGrad) return;
      this.#direction();
      this.#search(iteration === 0 ? Math.min(1, 1 / norm1) : 1);
      this.#accept();
    }
    throw new Error('too many iterations');
  }

  /** d = -H g: the two-loop recursion, algorithm 7.4. */
  #direction(): void {
    const g = this.#g;
    const d = this.#d;
    const s = this.#s;
    const y = this.#y;
    const rho = this.#rho;
    const alpha = this.#alpha;
    const m = this.#m;
    const n = d.length;
    const pairs = this.#pairs;
    const oldest = Math.max(0, pairs - m);
    for (let i = 0; i < n; i++) d[i] = -g[i]!;
    for (let pair = pairs - 1; pair >= oldest; pair--) {
      const at = (pair % m) * n;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += s[at + i]! * d[i]!;
      const a = rho[pair % m]! * sum;
      alpha[pair % m] = a;
      for (let i = 0; i < n; i++) d[i]! -= a * y[at + i]!;
    }
    for (let i = 0; i < n; i++) d[i]! *= this.#scale;
    for (let pair = oldest; pair < pairs; pair++) {
      const at = (pair % m) * n;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += y[at + i]! * d[i]!;
      const a = alpha[pair % m]! - rho[pair % m]! * sum;
      for (let i = 0; i < n; i++) d[i]! += a * s[at + i]!;
    }
  }

  /** Ends at a trial that meets the strong Wolfe conditions. The best step so far is `low`, the other end of the bracket is `high`. */
  #search(first: number): void {
    const slope = dot(this.#g, this.#d);
    let low = 0;
    let lowLoss = this.#loss;
    let lowSlope = slope;
    let high = Infinity;
    let highLoss = 0;
    let highSlope = 0;
    let t = first;
    for (let trial = 0; trial < MOST_TRIALS; trial++) {
      const trialSlope = this.#evaluate(t);
      const loss = this.#trialLoss;
      if (!(loss <= this.#loss + DECREASE * t * slope && loss < lowLoss)) {
        high = t;
        highLoss = loss;
        highSlope = trialSlope;
      } else {
        if (Math.abs(trialSlope) <= -CURVATURE * slope) return;
        if (trialSlope * (high - low) >= 0) {
          high = low;
          highLoss = lowLoss;
          highSlope = lowSlope;
        }
        low = t;
        lowLoss = loss;
        lowSlope = trialSlope;
      }
      t = high === Infinity ? 2 * t : between(low, lowLoss, lowSlope, high, highLoss, highSlope);
    }
    throw new Error('the line search failed');
  }

  /** Loss and gradient at x + t d; returns the slope there. */
  #evaluate(t: number): number {
    const x = this.x;
    const d = this.#d;
    const trialX = this.#trialX;
    for (let i = 0; i < x.length; i++) trialX[i] = x[i]! + t * d[i]!;
    this.#trialLoss = this.#fun(trialX, this.#trialG);
    return dot(this.#trialG, d);
  }

  /** Makes a pair of the last trial and goes there. */
  #accept(): void {
    const x = this.x;
    const g = this.#g;
    const trialX = this.#trialX;
    const trialG = this.#trialG;
    const row = this.#pairs++ % this.#m;
    const at = row * x.length;
    let ys = 0;
    let yy = 0;
    for (let i = 0; i < x.length; i++) {
      const si = trialX[i]! - x[i]!;
      const yi = trialG[i]! - g[i]!;
      this.#s[at + i] = si;
      this.#y[at + i] = yi;
      ys += si * yi;
      yy += yi * yi;
      x[i] = trialX[i]!;
      g[i] = trialG[i]!;
    }
    this.#rho[row] = 1 / ys;
    this.#scale = ys / yy;
    this.#loss = this.#trialLoss;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The minimum of the cubic through two steps (3.59), kept a tenth of the bracket away from its ends; the middle where there is none. */
function between(a: number, lossA: number, slopeA: number, b: number, lossB: number, slopeB: number): number {
  const d1 = slopeA + slopeB - (3 * (lossA - lossB)) / (a - b);
  const d2 = Math.sign(b - a) * Math.sqrt(d1 * d1 - slopeA * slopeB);
  const part = 1 - (slopeB + d2 - d1) / (slopeB - slopeA + 2 * d2);
  return a + (b - a) * (Number.isNaN(part) ? 0.5 : Math.max(0.1, Math.min(0.9, part)));
}
