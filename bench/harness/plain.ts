// The baseline in plain JavaScript: L-BFGS (Nocedal and Wright, algorithms 7.4 and 7.5), with steps of fixed length or
// with a line search for the strong Wolfe conditions (algorithms 3.5 and 3.6, cubic interpolation). Typed arrays, no
// allocation in the loop, simple loops.

import type { FloatArray } from './endless';
import { serve, type Ending, type Run } from './harness';

const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 25;

function dot(a: FloatArray, b: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** y += a x */
function axpy(a: number, x: FloatArray, y: FloatArray): void {
  for (let i = 0; i < x.length; i++) y[i]! += a * x[i]!;
}

function isFlat(g: FloatArray, tolerance: number): boolean {
  for (const entry of g) if (!(Math.abs(entry) <= tolerance)) return false;
  return true;
}

/**
 * The minimum of the cubic through two steps (3.59), kept a tenth of the bracket away from its ends; the middle where
 * there is none.
 */
function between(a: number, lossA: number, slopeA: number, b: number, lossB: number, slopeB: number): number {
  const d1 = slopeA + slopeB - (3 * (lossA - lossB)) / (a - b);
  const d2 = Math.sign(b - a) * Math.sqrt(d1 * d1 - slopeA * slopeB);
  const part = 1 - (slopeB + d2 - d1) / (slopeB - slopeA + 2 * d2);
  return a + (b - a) * (Number.isNaN(part) ? 0.5 : Math.max(0.1, Math.min(0.9, part)));
}

function plain({ x0, request, evaluate, closure }: Run): () => Ending {
  const { m, step, maxIter, toleranceGrad } = request;
  const row = (): FloatArray => x0.slice();
  const rows = (): FloatArray[] => Array.from({ length: m }, row);
  const [x, g, d, start, before] = [row(), row(), row(), row(), row()] as const; // start, before: x and g before the step
  const [s, y] = [rows(), rows()] as const;
  const [rho, alpha] = [new Float64Array(m), new Float64Array(m)] as const;
  let pairs = 0; // the number of pairs made; the last m of them are kept
  let scale = 1;
  let loss = 0;

  /** d = -H g */
  function direction(): void {
    const oldest = Math.max(0, pairs - m);
    for (let i = 0; i < g.length; i++) d[i] = -g[i]!;
    for (let pair = pairs - 1; pair >= oldest; pair--) {
      const at = pair % m;
      const a = rho[at]! * dot(s[at]!, d);
      alpha[at] = a;
      axpy(-a, y[at]!, d);
    }
    for (let i = 0; i < d.length; i++) d[i]! *= scale;
    for (let pair = oldest; pair < pairs; pair++) {
      const at = pair % m;
      axpy(alpha[at]! - rho[at]! * dot(y[at]!, d), s[at]!, d);
    }
  }

  /** s = t d, y = g - before. */
  function push(t: number): void {
    const at = pairs++ % m;
    const [sRow, yRow] = [s[at]!, y[at]!];
    let ys = 0;
    let yy = 0;
    for (let i = 0; i < sRow.length; i++) {
      const si = t * d[i]!;
      const yi = g[i]! - before[i]!;
      sRow[i] = si;
      yRow[i] = yi;
      ys += si * yi;
      yy += yi * yi;
    }
    if (!(ys > 0)) throw new Error('a pair without positive curvature');
    rho[at] = 1 / ys;
    scale = ys / yy;
  }

  /**
   * Finds a step that meets the strong Wolfe conditions. The best step so far is `low`, the other end of the bracket is
   * `high`.
   */
  function search(first: number): number {
    start.set(x);
    const slope = dot(g, d);
    let [low, lowLoss, lowSlope] = [0, loss, slope];
    let [high, highLoss, highSlope] = [Infinity, 0, 0];
    let t = first;
    for (let trial = 0; trial < MOST_TRIALS; trial++) {
      for (let i = 0; i < x.length; i++) x[i] = start[i]! + t * d[i]!;
      const trialLoss = evaluate(x, g);
      const trialSlope = dot(g, d);
      if (!(trialLoss <= loss + DECREASE * t * slope && trialLoss < lowLoss)) {
        [high, highLoss, highSlope] = [t, trialLoss, trialSlope];
      } else {
        if (Math.abs(trialSlope) <= -CURVATURE * slope) {
          loss = trialLoss;
          return t;
        }
        if (trialSlope * (high - low) >= 0) [high, highLoss, highSlope] = [low, lowLoss, lowSlope];
        [low, lowLoss, lowSlope] = [t, trialLoss, trialSlope];
      }
      t = high === Infinity ? 2 * t : between(low, lowLoss, lowSlope, high, highLoss, highSlope);
    }
    throw new Error('the line search failed');
  }

  function moveBy(t: number): number {
    axpy(t, d, x);
    closure(x, g);
    return t;
  }

  return () => {
    x.set(x0);
    [pairs, scale] = [0, 1];
    loss = evaluate(x, g);
    let norm1 = 0;
    for (const value of g) norm1 += Math.abs(value);
    const first = Math.min(1, 1 / norm1);
    for (let iteration = 0; iteration < maxIter; iteration++) {
      if (toleranceGrad > 0 && isFlat(g, toleranceGrad)) return { x, iterations: iteration, status: 'gradient' };
      direction();
      before.set(g);
      const t = iteration === 0 ? first : 1;
      push(step > 0 ? moveBy(step * t) : search(t));
    }
    if (step > 0 && pairs < m) throw new Error('the history is not full');
    return { x, iterations: maxIter, status: 'iterations' };
  };
}

serve((run) => ({ solve: plain(run) }));
