import assert from 'node:assert/strict';
import { MGH, type Evaluate, type Problem } from './collection';
import { newton } from './collection/newton';
import { solve } from './collection/solve';
import { noisy, NOISES, scaled, wrongGradient } from './collection/wrappers';

const [rosenbrock, freudensteinRoth] = MGH as readonly [Problem, Problem];
const brownDennis = MGH.find(({ name }) => name === 'Brown-Dennis')!;

function valueAndGradient(evaluate: Evaluate, x: ArrayLike<number>): number[] {
  const gradient = new Float64Array(x.length);
  return [evaluate(Float64Array.from(x), gradient), ...gradient];
}

describe('scaled', () => {
  it('multiplies f and x, the gradient, the start and the minima', () => {
    const { start, evaluate, minima } = scaled(freudensteinRoth, 2 ** 40, 2 ** -20);
    assert.deepEqual([...start], [0.5 * 2 ** -20, -2 * 2 ** -20]);
    const [value, ...slopes] = valueAndGradient(freudensteinRoth.evaluate, freudensteinRoth.start);
    assert.deepEqual(valueAndGradient(evaluate, start), [value! * 2 ** 40, ...slopes.map((slope) => slope * 2 ** 60)]);
    assert.equal(minima[1]!.value, freudensteinRoth.minima[1]!.value * 2 ** 40);
    assert.equal(valueAndGradient(evaluate, minima[0].near!)[0], 0);
  });
});

describe('noisy', () => {
  for (const noise of NOISES) {
    it(`${noise}: changes f, repeats at the same x, differs with the seed, knows the exact f`, () => {
      const problem = noisy(brownDennis, noise, 1);
      const clean = valueAndGradient(
        brownDennis.evaluate,
        brownDennis.start.map((value) => value + 1 / 3),
      );
      const x = brownDennis.start.map((value) => value + 1 / 3);
      const once = valueAndGradient(problem.evaluate, x);
      assert.notDeepEqual(once, clean);
      assert.deepEqual(valueAndGradient(problem.evaluate, x), once);
      assert.deepEqual(valueAndGradient(problem.exact!, x), clean);
      const size = noise.startsWith('relative 1e-3') ? 1e-3 : 2e-6;
      for (const [i, value] of once.entries()) assert.ok(Math.abs(value - clean[i]!) <= size * Math.abs(clean[i]!));
      const isOfGradient = noise.startsWith('float32') || noise.endsWith('gradient too');
      assert.equal(
        once.slice(1).some((slope, j) => slope !== clean[j + 1]),
        isOfGradient,
      );
      const another = valueAndGradient(noisy(brownDennis, noise, 2).evaluate, x);
      assert.equal(another[0] === once[0], noise.startsWith('float32'));
    });
  }

  it('has errors of either sign that fill their range', () => {
    const flat: Problem = { ...rosenbrock, evaluate: (_, gradient) => (gradient.fill(0), 1) };
    const { evaluate } = noisy(flat, 'relative 1e-3', 3);
    const errors = Array.from({ length: 2000 }, (_, i) => (valueAndGradient(evaluate, [i, 1])[0]! - 1) / 1e-3);
    assert.ok(Math.min(...errors) < -0.99 && Math.max(...errors) > 0.99);
    assert.ok(Math.abs(errors.reduce((sum, error) => sum + error, 0)) / 2000 < 0.05);
  });
});

describe('wrongGradient', () => {
  it('negates all entries, or the one that is largest at the start', () => {
    const clean = valueAndGradient(rosenbrock.evaluate, [0.5, -1]);
    const [value, first, second] = clean as [number, number, number];
    assert.deepEqual(valueAndGradient(wrongGradient(rosenbrock, 'all signs').evaluate, [0.5, -1]), [
      value,
      -first,
      -second,
    ]);
    assert.deepEqual(valueAndGradient(wrongGradient(rosenbrock, 'one sign').evaluate, [0.5, -1]), [
      value,
      -first,
      second,
    ]);
  });
});

describe('solve', () => {
  it('counts the evaluations until each accuracy', () => {
    const path = [0.5, 1e-2, 1e-5, 1e-8, 1e-12];
    const line: Problem = {
      ...rosenbrock,
      start: Float64Array.of(1),
      evaluate: (x, gradient) => (gradient.fill(1), x[0]!),
      minima: [{ value: 0 }],
    };
    const { evaluations, allEvaluations, gap, result } = solve(line, (evaluate, x0) => {
      for (const value of [x0[0]!, ...path]) evaluate(Float64Array.of(value), new Float64Array(1));
      return { x: [1e-8], kind: 'a path' };
    });
    assert.deepEqual(evaluations, [4, 5, 6]);
    assert.deepEqual(
      { allEvaluations, gap, result },
      { allEvaluations: 6, gap: 1e-8, result: { x: [1e-8], kind: 'a path' } },
    );
  });

  it('tells which minimum a run came to, and what it did not reach', () => {
    const there = solve(freudensteinRoth, newton);
    assert.equal(there.minimum, 1);
    assert.ok(there.evaluations.every((count) => count! > 1) && Math.abs(there.gap) < 1e-15);
    const nowhere = solve(freudensteinRoth, (_, x0) => ({ x: x0 }));
    assert.deepEqual(nowhere.evaluations, [undefined, undefined, undefined]);
    assert.equal(nowhere.gap, 1);
  });

  it('counts by the exact f where there is noise', () => {
    const { evaluations, gap } = solve(noisy(brownDennis, 'absolute 1e-6', 1), () => {
      return { x: newton(brownDennis.evaluate, brownDennis.start).x };
    });
    assert.deepEqual(evaluations, [undefined, undefined, undefined]);
    assert.ok(Math.abs(gap) < 1e-15);
  });
});
