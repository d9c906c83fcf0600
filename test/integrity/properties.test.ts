import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LBFGS, minimize, type Objective } from 'lbfgs';
import { distance, Model } from '../problems/model';
import { randomNumbers } from '../problems/numbers';
import { extendedRosenbrock } from '../problems/objectives';

interface Training {
  model: Model;
  optimizer: LBFGS;
}

const RUNS = { seed: 20, numRuns: 60 };
const anyDtype = fc.constantFrom('float64', 'float32');
const anySearch = fc.constantFrom('strong_wolfe', null);
const anySeed = fc.integer({ min: 1, max: 1e6 });

/** 1/2 (x - m)' A (x - m) with A = B' B + I, entries of B in [-1, 1): convex, minimum 0 at m. */
function convexQuadratic(size: number, seed: number): { fun: Objective; minimiser: number[] } {
  const random = randomNumbers(seed);
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, random));
  const minimiser = Array.from({ length: size }, () => 5 * random());
  const fun: Objective = (x, gradient) => {
    const away = Array.from(x, (value, i) => value - minimiser[i]!);
    gradient.set(away);
    let loss = 0.5 * away.reduce((sum, value) => sum + value ** 2, 0);
    for (const row of rows) {
      const product = row.reduce((sum, value, i) => sum + value * away[i]!, 0);
      loss += 0.5 * product ** 2;
      for (const [i, value] of row.entries()) gradient[i]! += value * product;
    }
    return loss;
  };
  return { fun, minimiser };
}

describe('for any', () => {
  it('convex quadratic, minimize reaches the minimum', () => {
    const anyOptions = fc.record(
      { historySize: fc.integer({ min: 1, max: 30 }), lr: fc.double({ min: 1e-3, max: 1e3, noNaN: true }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), anySeed, anyOptions, (size, seed, options) => {
        const { fun, minimiser } = convexQuadratic(size, seed);
        const result = minimize(fun, new Float64Array(size), options);
        assert.equal(result.converged, true, result.message);
        assert.ok(distance(result.x, minimiser) < 1e-3, `${distance(result.x, minimiser)}`);
        assert.ok(result.loss < 1e-6);
      }),
      RUNS,
    );
  });

  it('cut of the vector into parameters, the numbers are the same bit for bit', () => {
    const anyCuts = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyCuts, anyDtype, anySearch, anySeed, (sizes, dtype, lineSearchFn, seed) => {
        const size = sizes.reduce((sum, value) => sum + value, 0);
        const even = size + (size % 2) + 2;
        const random = randomNumbers(seed);
        const x0 = Array.from({ length: even }, random);
        const cuts = [...sizes, even - size];
        const [whole, cut] = [{ cuts: [even] }, { cuts }].map((init) => {
          const model = new Model(extendedRosenbrock, x0, { dtype, ...init });
          const optimizer = new LBFGS(model.params, { lineSearchFn, lr: 1e-3, maxIter: 8, historySize: 4 });
          optimizer.step(model.closure);
          optimizer.step(model.closure);
          return {
            x: model.x,
            report: optimizer.lastStep,
            state: optimizer.stateDict().state,
            gradient: model.gradient,
          };
        });
        assert.deepEqual(cut, whole);
      }),
      RUNS,
    );
  });

  it('options and start, stepAsync gives the numbers of step, bit for bit', async () => {
    const anyOptions = fc.record({
      lr: fc.constantFrom(1e-3, 0.1, 1, 100),
      maxIter: fc.integer({ min: 0, max: 12 }),
      maxEval: fc.option(fc.integer({ min: 0, max: 20 })),
      historySize: fc.integer({ min: 1, max: 5 }),
      lineSearchFn: anySearch,
    });
    const anyStart = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyStart, anyOptions, anyDtype, fc.boolean(), async (x0, options, dtype, promised) => {
        const [together, apart] = [0, 1].map(() => {
          const model = new Model(extendedRosenbrock, x0, { dtype, cuts: [3, 1] });
          return { model, optimizer: new LBFGS(model.params, options) };
        }) as [Training, Training];
        const later = (): number | Promise<number> =>
          promised ? Promise.resolve().then(() => apart.model.closure()) : apart.model.closure();
        for (let step = 0; step < 3; step++) {
          together.optimizer.step(together.model.closure);
          await apart.optimizer.stepAsync(later);
          const [one, other] = [together, apart].map(({ model, optimizer }) => {
            return [model.x, model.gradient, optimizer.lastStep, optimizer.stateDict()];
          });
          assert.deepEqual(other, one);
        }
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  it('moment, a state that is saved and loaded gives the same numbers as going on', () => {
    const anyNumber = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        anyNumber,
        anyNumber,
        anyNumber,
        anyDtype,
        anySearch,
        (steps, maxIter, historySize, dtype, lineSearchFn) => {
          const options = { maxIter, historySize, lineSearchFn, lr: 1e-3, maxEval: 100 };
          const models = [0, 1].map(() => new Model(extendedRosenbrock, [-1.2, 1, 0.5, 2], { dtype })) as [
            Model,
            Model,
          ];
          const [going, resumed] = models;
          const optimizer = new LBFGS(going.params, options);
          for (let step = 0; step < steps; step++) optimizer.step(going.closure);
          resumed.params[0]!.data.set(going.params[0]!.data);
          const other = new LBFGS(resumed.params, options);
          other.loadStateDict(optimizer.stateDict());
          for (let step = 0; step < 2; step++) {
            optimizer.step(going.closure);
            other.step(resumed.closure);
          }
          assert.deepEqual(resumed.x, going.x);
          assert.deepEqual(other.stateDict(), optimizer.stateDict());
        },
      ),
      RUNS,
    );
  });

  it('start and options, parameters stay finite and the loss of a line search never rises', () => {
    const anyOptions = fc.record({
      lr: fc.double({ min: 0, max: 1e12, noNaN: true }),
      maxIter: fc.integer({ min: 0, max: 30 }),
      maxEval: fc.option(fc.integer({ min: 0, max: 40 })),
      maxLs: fc.option(fc.integer({ min: 0, max: 30 })),
      historySize: fc.integer({ min: 1, max: 5 }),
      toleranceGrad: fc.double({ min: 0, max: 1, noNaN: true }),
      toleranceChange: fc.double({ min: 0, max: 1, noNaN: true }),
      lineSearchFn: anySearch,
    });
    const anyStart = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(anyStart, anyOptions, anyDtype, (x0, options, dtype) => {
        const model = new Model(extendedRosenbrock, x0, { dtype });
        const optimizer = new LBFGS(model.params, options);
        for (let step = 0; step < 3; step++) {
          optimizer.step(model.closure);
          const { loss, initialLoss, current, evaluations } = optimizer.lastStep!;
          assert.ok(model.x.every(Number.isFinite), String(model.x));
          assert.ok(evaluations >= 1);
          if (current) assert.deepEqual([loss, distance(model.gradient, model.truth.gradient)], [model.truth.loss, 0]);
          if (options.lineSearchFn !== null) assert.ok(loss <= initialLoss, `${loss} > ${initialLoss}`);
        }
      }),
      { ...RUNS, numRuns: 300 },
    );
  });
});
