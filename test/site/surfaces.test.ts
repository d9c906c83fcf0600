// The surfaces of the page "See it work", and the methods that the package is compared with there.

import assert from 'node:assert/strict';
import { checkGradient } from 'lbfgs';
import { adam, descend, gradientDescent, hasDiverged, LIMIT, NEAR } from '../../docs/.vitepress/demo/descents';
import { startOf, STARTS, surfaces, type Gradient, type Point } from '../../docs/.vitepress/demo/surfaces';

const starts = Array.from({ length: STARTS ** 2 }, (_, i) => [i % STARTS, Math.floor(i / STARTS)] as const);

describe('the surfaces of the site', () => {
  for (const surface of surfaces) {
    it(`${surface.title}: has its gradient, and minima of 0 within the picture`, () => {
      const fun = (x: unknown, gradient: unknown): number => surface.evaluate(x as Point, gradient as Gradient);
      for (const [column, row] of starts) {
        const start = startOf(surface, column, row);
        assert.ok(checkGradient(fun, start).ok, String(start));
      }
      for (const [x, y] of surface.minima) {
        const gradient: Gradient = [NaN, NaN];
        assert.ok(surface.evaluate([x, y], gradient) < 1e-20);
        assert.ok(Math.max(Math.abs(gradient[0]), Math.abs(gradient[1])) < 1e-9);
        assert.ok(x > surface.x[0] && x < surface.x[1] && y > surface.y[0] && y < surface.y[1]);
      }
    });
  }

  it('are descended by Adam as PyTorch descends', () => {
    // torch 1.13.1: torch.optim.Adam([p], lr=0.1), three steps on Rosenbrock from (-1.2, 1) in float64
    const [rosenbrock] = surfaces;
    const { visits } = descend(rosenbrock!, [-1.2, 1], adam(0.1), true);
    const [, , , last] = visits;
    assert.ok(
      Math.abs(last!.x - -0.9709867583811591) < 1e-12 && Math.abs(last!.y - 1.2242180561995206) < 1e-12,
      JSON.stringify(last),
    );
  });

  it('are left for infinity by gradient descent from a steep corner, and not from elsewhere', () => {
    const beale = surfaces[2]!;
    const steep = descend(beale, startOf(beale, 0, 0), gradientDescent(0.002), true);
    assert.deepEqual([steep.arrived, steep.diverged, steep.evaluations], [null, true, 4]);
    const flat = descend(beale, startOf(beale, 3, 0), gradientDescent(0.002), true);
    assert.deepEqual([flat.arrived, flat.diverged, flat.evaluations], [null, false, LIMIT]);
  });

  it('are left where a value is not finite, or a point a thousand pictures away', () => {
    const rosenbrock = surfaces[0]!; // 4 wide, around (0, 1)
    assert.equal(hasDiverged(rosenbrock, [0, 0], Infinity), true);
    assert.equal(hasDiverged(rosenbrock, [0, 0], NaN), true);
    assert.equal(hasDiverged(rosenbrock, [4001, 0], 1), true);
    assert.equal(hasDiverged(rosenbrock, [0, -4000], 1), true);
    assert.equal(hasDiverged(rosenbrock, [3999, 4000], 1), false);
  });

  it('are descended by gradient descent until the value is near the minimum', () => {
    const himmelblau = surfaces[1]!;
    const { visits, arrived, evaluations } = descend(himmelblau, [1, 1], gradientDescent(0.01), true);
    assert.equal(arrived, evaluations);
    assert.equal(visits.length, evaluations);
    const gradient: Gradient = [0, 0];
    const values = visits.map(({ x, y }) => himmelblau.evaluate([x, y], gradient));
    assert.ok(values.at(-1)! <= NEAR && values.at(-2)! > NEAR);
  });
});
