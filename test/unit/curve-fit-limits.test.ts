import assert from 'node:assert/strict';
import { curveFit, type CurveFitOptions, type IterationInfo } from 'lbfgs';
import { randomNumbers } from '../problems/numbers';
import { decay, decayJacobian, POINTS, START, type Decay } from '../problems/curve';

describe('the limits of curveFit', () => {
  it('tells of every iteration, with all parameters in the order of start', () => {
    const infos: IterationInfo[] = [];
    let last = new Float64Array();
    const onIteration: CurveFitOptions['onIteration'] = (info, p) => {
      infos.push(info);
      last = p.slice();
      p.fill(NaN); // has no effect
    };
    const model = (x: number, p: Decay): number => decay(x, p);
    const fit = curveFit<'a' | 'k' | 'c' | 'rest'>(
      model,
      POINTS,
      { ...START, rest: { value: 9, fixed: true } },
      { onIteration },
    );
    assert.equal(infos.length, fit.iterations);
    assert.deepEqual(
      infos.map(({ iteration }) => iteration),
      infos.map((_, i) => i + 1),
    );
    assert.deepEqual([...last], Object.values(fit.params));
    const losses = infos.map(({ loss }) => loss);
    assert.ok(losses.every((loss, i) => i === 0 || loss <= losses[i - 1]! * (1 + 1e-13)));
    assert.ok(Math.abs(losses.at(-1)! - fit.rss) <= 1e-14 * fit.rss);
    assert.ok(infos.every(({ evaluations, gradNorm, stepSize }) => evaluations > 0 && gradNorm >= 0 && stepSize >= 0));
  });

  it('stops where onIteration returns false, and throws what it throws', () => {
    const fit = curveFit(decay, POINTS, START, { onIteration: ({ iteration }) => iteration < 2 });
    assert.deepEqual([fit.status, fit.iterations, fit.converged], ['stopped', 2, false]);
    const error = new Error('mine');
    const onIteration = (): never => {
      throw error;
    };
    assert.throws(
      () => curveFit(decay, POINTS, START, { onIteration }),
      (thrown) => thrown === error,
    );
  });

  it('ends after maxIter and maxEval', () => {
    const none = curveFit(decay, POINTS, START, { maxIter: 0 });
    assert.deepEqual([none.status, none.params], ['max_iter', START]);
    const few = curveFit(decay, POINTS, START, { maxEval: 10 });
    assert.equal(few.status, 'max_eval');
    assert.ok(few.evaluations >= 10 && few.evaluations <= 10 + 3 + 20, String(few.evaluations));
  });

  it('ends at the last accepted point when the time is over', () => {
    const losses: number[] = [];
    let slow = false;
    const model = (x: number, p: Decay): number => {
      const end = performance.now() + (slow ? 2 : 0);
      while (performance.now() < end); // busy for some ms
      return decay(x, p);
    };
    const onIteration = ({ loss }: IterationInfo): void => {
      losses.push(loss);
      slow = true;
    };
    const fit = curveFit(model, POINTS, START, { timeLimit: 1, onIteration });
    assert.equal(fit.status, 'time_limit');
    assert.match(fit.message, /^Stopped by timeLimit after \d+ iterations/);
    if (losses.length > 0) assert.ok(Math.abs(fit.rss - losses.at(-1)!) <= 1e-12 * fit.rss);
    assert.ok(fit.covariance.every(Number.isNaN));
    assert.match(fit.message, /the covariance is NaN, because there are no derivatives at the end/);
  });

  it('throws the reason of its signal, before the first call and between calls', () => {
    let calls = 0;
    const controller = new AbortController();
    const reason = new Error('enough');
    const model = (x: number, p: Decay): number => {
      if (++calls === 30) controller.abort(reason);
      return decay(x, p);
    };
    const isReason = (thrown: unknown): boolean => thrown === reason;
    assert.throws(() => curveFit(model, POINTS, START, { signal: controller.signal }), isReason);
    assert.equal(calls, 32, 'the sweep is completed');
    assert.throws(() => curveFit(model, POINTS, START, { signal: controller.signal }), isReason);
    assert.equal(calls, 32);
  });

  it('throws what the model and the Jacobian throw, as the very same object', () => {
    const error = new Error('mine');
    for (const at of [1, 12, 40]) {
      let calls = 0;
      const model = (x: number, p: Decay): number => {
        if (++calls === at) throw error;
        return decay(x, p);
      };
      assert.throws(
        () => curveFit(model, POINTS, START),
        (thrown) => thrown === error,
      );
    }
    const jacobian = (): never => {
      throw error;
    };
    assert.throws(
      () => curveFit(decay, POINTS, START, { jacobian }),
      (thrown) => thrown === error,
    );
  });

  it('ends sooner with larger tolerances', () => {
    const tight = curveFit(decay, POINTS, START, { jacobian: decayJacobian });
    const loose = curveFit(decay, POINTS, START, { jacobian: decayJacobian, toleranceChange: 1e-3 });
    assert.equal(loose.status, 'converged_slope');
    assert.ok(loose.evaluations < tight.evaluations);
    const grad = curveFit(decay, POINTS, START, { jacobian: decayJacobian, toleranceGrad: 1e-2 });
    assert.equal(grad.status, 'converged_gradient');
    assert.match(grad.message, /is not above toleranceGrad = 0.01/);
  });

  it('calls the model within the bounds alone, to the bit: 300 random boxes', () => {
    const random = randomNumbers(11);
    for (let run = 0; run < 300; run++) {
      const start = Object.fromEntries(
        (['a', 'k', 'c'] as const).map((name) => {
          const middle = 3 * random();
          const [below, above] = [Math.abs(random()) ** 8, Math.abs(random()) ** 8].map((width) => 6 * width);
          return [name, { value: middle + 4 * random(), min: middle - below!, max: middle + above! }];
        }),
      ) as Record<'a' | 'k' | 'c', { value: number; min: number; max: number }>;
      let outside = 0;
      const model = (x: number, p: Decay): number => {
        for (const name of ['a', 'k', 'c'] as const)
          if (!(p[name] >= start[name].min && p[name] <= start[name].max)) outside++;
        return decay(x, p);
      };
      const { params } = curveFit(model, POINTS, start);
      model(0, params);
      assert.equal(outside, 0, JSON.stringify(start));
    }
  });
});
