import assert from 'node:assert/strict';
import { COLLECTION, MGH, OTHERS, type Problem } from './collection';
import { checkGradient } from './collection/derivatives';
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
      const { evaluate, start, minima } = problem;
      const f0 = checkGradient(evaluate, start);
      checkGradient(evaluate, pointNear(problem));
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
