import assert from 'node:assert/strict';
import { BOUNDED, L1, type BoundedProblem } from './collection/bounded';
import { isInside, isPenalised, projected, residualAt, valueAt } from './collection/bounded/problem';
import { randomBounded } from './collection/bounded/random';
import { projectedNewton } from './collection/bounded/verify';
import { checkGradient } from './collection/derivatives';
import { randomNumbers } from './numbers';

/**
 * Minima of the literature, to the digits that it has: Hock and Schittkowski's; Gay's as distributed with TOMLAB's
 * mgh_prob (half sums of squares, doubled here) and with Ceres Solver.
 */
const PUBLISHED_MINIMA: readonly (readonly [string, number])[] = [
  ['HS1', 0],
  ['HS2', 0.0504261879],
  ['HS3', 0],
  ['HS4', 8 / 3],
  ['HS5', -1.91322295],
  ['HS25', 0],
  ['HS38', 0],
  ['HS45', 1],
  ['HS110', -45.77846971],
  ['HATFLDB', 5.572809e-3],
  ['Rosenbrock, bounds of Gay', 2 * 0.125],
  ['Freudenstein-Roth, bounds of Gay', 2 * 24.492601],
  ['Powell badly scaled, bounds of Gay', 1.51259e-10],
  ['Brown badly scaled, bounds of Gay', 784],
  ['Beale, bounds of Gay', 0],
  ['Jennrich-Sampson, bounds of Gay', 2 * 62.191556458],
  ['helical valley, bounds of Gay', 0.99042212],
  ['Bard, bounds of Gay', 2 * 0.00479114236],
  ['Meyer, bounds of Gay', 2 * 63.7258856],
  ['Box in three dimensions, bounds of Gay', 2 * 0.00005717409],
  ['Powell singular, bounds of Gay', 2 * 0.000093909815],
  ['Kowalik-Osborne, bounds of Gay', 2 * 0.000153915361732],
  ['Brown-Dennis, bounds of Gay', 2 * 44430.23988375],
  ['Osborne 1, bounds of Gay', 2 * 0.0000273514167],
  ['Watson, n = 6, bounds of Gay', 2 * 0.001144803219],
  ['Watson, n = 9, bounds of Gay', 2 * 0.018700698897],
  ['Watson, n = 12, bounds of Gay', 2 * 5.89712209],
];

describe('the problems with bounds and with an L1 penalty', () => {
  const all = [...BOUNDED, ...L1];

  it('are at least 45 with bounds and 18 with L1, each with a name of its own', () => {
    assert.ok(BOUNDED.length >= 45 && L1.length >= 18, `${BOUNDED.length}, ${L1.length}`);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    assert.ok(L1.every(isPenalised) && !BOUNDED.some(isPenalised));
  });

  it('have boxes that are not empty', () => {
    for (const { name, start, lower, upper, weights } of all) {
      for (const values of [lower, upper, weights]) assert.equal(values.length, start.length, name);
      assert.ok(
        lower.every((value, i) => value <= upper[i]! && value < Infinity && upper[i]! > -Infinity),
        name,
      );
      assert.ok(weights.every((weight) => weight >= 0 && weight < Infinity));
    }
  });

  it('have the published minima', () => {
    for (const [name, value] of PUBLISHED_MINIMA) {
      const ours = all.find((problem) => problem.name === name)!.minima[0].value;
      assert.ok(Math.abs(ours - value) <= 5e-6 * Math.abs(value), `${name}: ${ours}, published ${value}`);
    }
  });

  for (const problem of all) {
    it(`${problem.name}: the gradient is the derivative, the minima are minima`, () => {
      const { evaluate, minima } = problem;
      const x0 = projected(problem, problem.start);
      checkGradient(evaluate, x0);
      checkGradient(evaluate, pointInside(problem, x0));
      for (const [i, { value }] of minima.entries()) {
        assert.ok(value >= minima[0].value);
        checkMinimum(problem, i, x0);
      }
    });
  }
});

describe('random problems in a box', () => {
  it('have gradients that are derivatives, boxes that are not empty, and are the same for the same seed', () => {
    let checked = 0;
    for (let seed = 0; seed < 300; seed++) {
      const problem = randomBounded(seed);
      const { evaluate, start, lower, upper } = problem;
      assert.ok(lower.every((value, i) => value <= upper[i]!));
      assert.deepEqual(randomBounded(seed).start, start);
      const x = projected(problem, start);
      assert.ok(isInside(problem, x));
      const gradient = new Float64Array(x.length);
      const isSmooth = [0.9, 1, 1.1].every(
        (part) =>
          Math.abs(
            evaluate(
              x.map((value) => part * value),
              gradient,
            ),
          ) < 1e12,
      );
      if (isSmooth && x.some((value) => value !== 0)) {
        checkGradient(evaluate, x);
        checked++;
      }
    }
    assert.ok(checked >= 100, `${checked} checked`);
  });
});

/** A seeded point of the box some percent away from x. */
function pointInside(problem: BoundedProblem, x: Float64Array): Float64Array {
  const random = randomNumbers(x.length);
  const unit = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const moved = x.map((value) => value + 0.05 * random() * (Math.abs(value) + 0.1 * unit));
  return projected(problem, moved);
}

/**
 * A descent of another kind than the package's ends at the minimum: no first-order condition is violated, and F is what
 * is declared.
 */
function checkMinimum(problem: BoundedProblem, i: number, x0: Float64Array): void {
  const { value, near = problem.start } = problem.minima[i]!;
  const gradient = new Float64Array(x0.length);
  const first = valueAt(problem, x0, gradient);
  const residual = residualAt(problem, x0, gradient);
  assert.ok(first - value > 1e-6 * Math.max(1, Math.abs(value)), `minimum ${i}, ${value}, of a start at ${first}`);
  const end = projectedNewton(problem, near);
  const slack = 1e-12 * Math.abs(value) + 1e-18 * (first - value) + roundingAt(problem, end.x);
  assert.ok(isInside(problem, end.x));
  assert.ok(Math.abs(end.value - value) <= slack, `minimum ${i}: declared ${value}, found ${end.value}`);
  assert.ok(end.residual <= 1e-8 * Math.max(1, residual), `minimum ${i}: residual ${end.residual}`);
}

/** What rounding does to F near x: its spread over points that are a rounding error away. */
function roundingAt(problem: BoundedProblem, x: Float64Array): number {
  const random = randomNumbers(x.length);
  const scratch = new Float64Array(x.length);
  const values = Array.from({ length: 20 }, () => {
    const moved = x.map((value) => value * (1 + 2 ** -52 * Math.round(2 * random())));
    return valueAt(problem, projected(problem, moved), scratch);
  });
  return Math.max(...values) - Math.min(...values);
}
