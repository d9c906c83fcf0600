import assert from 'node:assert/strict';
import { COLLECTION, MGH, OTHERS, type Problem } from './collection';
import { largest, newton } from './collection/newton';
import { FIRST_NORMS, MINIMA } from './collection/published';
import { randomNumbers } from './numbers';

describe('the problem collection', () => {
  it('has 44 instances of Moré, Garbow and Hillstrom and more than 60 others, each with a name of its own', () => {
    assert.equal(MGH.length, 44);
    assert.ok(OTHERS.length > 60);
    assert.equal(new Set(COLLECTION.map(({ name }) => name)).size, COLLECTION.length);
  });

  it('starts where the published problems start', () => {
    for (const [name, norm] of Object.entries(FIRST_NORMS)) {
      const { start, evaluate } = named(name);
      const first = Math.sqrt(evaluate(start, new Float64Array(start.length)));
      assert.ok(Math.abs(first - norm) <= 2e-6 * norm, `${name}: ${first}, published ${norm}`);
    }
  });

  it('has the published minima', () => {
    for (const [name, values] of Object.entries(MINIMA)) {
      const { minima } = named(name);
      for (const [i, value] of values.entries()) {
        const ours = minima[i]!.value;
        assert.ok(Math.abs(ours - value) <= 5e-6 * value, `${name}: ${ours}, published ${value}`);
      }
    }
  });

  for (const problem of COLLECTION) {
    it(`${problem.name}: the gradient is the derivative, the minima are minima`, () => {
      const { start, minima } = problem;
      const f0 = checkGradient(problem, start);
      checkGradient(problem, pointNear(problem));
      for (const [i, { value }] of minima.entries()) {
        assert.ok(value < f0 && value >= minima[0].value, `minimum ${i}, ${value}, of a start at ${f0}`);
        checkMinimum(problem, i, f0);
      }
    });
  }
});

function named(name: string): Problem {
  const problem = COLLECTION.find((candidate) => candidate.name === name);
  assert.ok(problem, name);
  return problem;
}

/** A seeded point that is some percent away, where f is finite. */
function pointNear({ start, evaluate }: Problem): Float64Array {
  const random = randomNumbers(start.length);
  const away = start.map((coordinate) => random() * (Math.abs(coordinate) + 0.1 * (largest(start) || 1)));
  for (let part = 0.05; part > 1e-9; part /= 2) {
    const x = start.map((coordinate, j) => coordinate + part * away[j]!);
    const gradient = new Float64Array(x.length);
    if (Number.isFinite(evaluate(x, gradient)) && gradient.every(Number.isFinite)) return x;
  }
  return assert.fail('f is finite at the start alone');
}

/** Compares up to eight derivatives and one along all coordinates with differences; returns f. */
function checkGradient({ evaluate }: Problem, x: Float64Array): number {
  const n = x.length;
  const gradient = new Float64Array(n).fill(NaN);
  const value = evaluate(x, gradient);
  assert.ok(Number.isFinite(value) && gradient.every(Number.isFinite));
  const random = randomNumbers(n);
  const some =
    n <= 8 ? [...x.keys()] : [0, n - 1, ...Array.from({ length: 6 }, () => Math.floor(n * Math.abs(random())))];
  const unit = largest(x) || 1;
  const directions = [
    ...some.map((j) => x.map((coordinate, k) => (k === j ? coordinate || 0.1 * unit : 0))),
    x.map((coordinate) => random() * (Math.abs(coordinate) + 1e-3 * unit)),
  ];
  for (const direction of directions) {
    const slope = gradient.reduce((sum, entry, j) => sum + entry * direction[j]!, 0);
    const size = gradient.reduce((sum, entry, j) => sum + Math.abs(entry * direction[j]!), 0);
    const fits = [1e-1, 1e-2, 1e-3, 1e-4].some((h) => {
      const { derivative, rounding } = difference(evaluate, x, direction, h);
      return Math.abs(derivative - slope) <= 1e-6 * size + rounding;
    });
    assert.ok(fits, `slope ${slope} along ${direction.slice(0, 12).join()}`);
  }
  return value;
}

/** The derivative along a direction by central differences of the sixth order, and what rounding may add to it. */
function difference(
  evaluate: Problem['evaluate'],
  x: Float64Array,
  direction: Float64Array,
  h: number,
): { derivative: number; rounding: number } {
  const scratch = new Float64Array(x.length);
  const at = (t: number): number =>
    evaluate(
      x.map((coordinate, j) => coordinate + t * direction[j]!),
      scratch,
    );
  const values = [3 * h, 2 * h, h, -h, -2 * h, -3 * h].map(at);
  const weights = [1, -9, 45, -45, 9, -1];
  const derivative = values.reduce((sum, value, k) => sum + weights[k]! * value, 0) / (60 * h);
  return { derivative, rounding: (2e-15 * Math.max(...values.map(Math.abs))) / h };
}

/**
 * A descent of another kind than the package's ends at the minimum: there is no slope left, and f is what is declared.
 */
function checkMinimum({ start, evaluate, minima }: Problem, i: number, f0: number): void {
  const { value, near = start } = minima[i]!;
  const end = newton(evaluate, near);
  const first = new Float64Array(start.length);
  evaluate(start, first);
  const slack = 1e-12 * Math.abs(value) + 1e-18 * (f0 - value);
  assert.ok(Math.abs(end.value - value) <= slack, `minimum ${i}: declared ${value}, found ${end.value}`);
  assert.ok(largest(end.gradient) <= 1e-7 * largest(first), `minimum ${i}: max|g| ${largest(end.gradient)}`);
}
