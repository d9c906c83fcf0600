// Whole solves over variables, and variables as parameters.

import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize as minimizeVector, type Bounds } from 'lbfgs';
import { minimize, minimizeAsync, trainable } from 'lbfgs/tfjs';
import { frameworks } from './framework';
import { BACKENDS, tensorflow, variableOf, warningsOf, type Tensor, type Variable } from './tfjs';

describe('minimize over variables of TensorFlow.js', () => {
  const folder = frameworks('TensorFlow.js: minimize');
  if (folder === undefined) return;
  const { tf } = tensorflow(folder);

  /** Rosenbrock's function of two variables of one entry. */
  const rosenbrock = (a: Variable, b: Variable) => (): Tensor => {
    const valley = tf.square(tf.sub(b, tf.square(a)));
    return tf.sum(tf.add(tf.mul(tf.scalar(100), valley), tf.square(tf.sub(tf.scalar(1), a))));
  };

  for (const backend of BACKENDS) {
    describe(`on the backend ${backend}`, () => {
      let a: Variable;
      let b: Variable;
      before(() => tf.setBackend(backend));
      beforeEach(() => {
        a = variableOf(tf, -1.2);
        b = variableOf(tf, 1);
      });
      afterEach(() => {
        tf.dispose([a, b]);
      });

      it('finds the minimum, reports as a step does, and leaves nothing behind', () => {
        const before = tf.memory();
        const report = minimize(tf, rosenbrock(a, b), [a, b]);
        assert.deepEqual(tf.memory(), before);
        assert.ok(report.converged, report.message);
        for (const variable of [a, b]) assert.ok(Math.abs(variable.dataSync()[0]! - 1) < 1e-3);
        assert.ok(Math.abs(report.initialLoss - 24.2) < 1e-5);
        assert.ok(report.loss < 1e-9 && report.current && report.stepSize > 0);
        assert.ok(report.evaluations >= report.iterations && report.iterations > 10);
        assert.equal(
          tf.tidy(() => rosenbrock(a, b)().dataSync()[0]),
          report.loss,
        );
      });

      it('waits for the data of every tensor in minimizeAsync, with the same numbers', async () => {
        const other = [variableOf(tf, -1.2), variableOf(tf, 1)] as const;
        const before = tf.memory();
        const report = await minimizeAsync(tf, rosenbrock(...other), [...other]);
        assert.deepEqual(tf.memory(), before);
        assert.deepEqual(report, minimize(tf, rosenbrock(a, b), [a, b]));
        assert.deepEqual(other[0].dataSync(), a.dataSync());
        tf.dispose([...other]);
      });

      for (const [name, run] of [
        ['minimize', async (...args: Parameters<typeof minimize>) => Promise.resolve().then(() => minimize(...args))],
        ['minimizeAsync', minimizeAsync],
      ] as const) {
        it(`brings the accepted point back where a loss of ${name} throws or its signal is aborted`, async () => {
          const before = tf.memory();
          const problem = new Error('out of luck');
          const accepted: number[][] = [];
          let calls = 0;
          const f = () => {
            calls += 1;
            if (calls === 12) throw problem;
            return rosenbrock(a, b)();
          };
          const onIteration = (_: object, x: Float64Array): void => void accepted.push(Array.from(x));
          await assert.rejects(run(tf, f, [a, b], { onIteration }), problem);
          const held = [a.dataSync()[0], b.dataSync()[0]];
          assert.deepEqual(held, accepted.at(-1)!.map(Math.fround));
          const controller = new AbortController();
          const stop = ({ iteration }: { iteration: number }, x: Float64Array): void => {
            accepted.push(Array.from(x));
            if (iteration === 3) controller.abort(problem);
          };
          const aborting = run(tf, rosenbrock(a, b), [a, b], { onIteration: stop, signal: controller.signal });
          await assert.rejects(aborting, problem);
          assert.deepEqual([a.dataSync()[0], b.dataSync()[0]], accepted.at(-1)!.map(Math.fround));
          assert.deepEqual(tf.memory(), before);
        });
      }

      it('takes the options of minimize: bounds, and callbacks that stop', () => {
        const bounded = minimize(tf, rosenbrock(a, b), [a, b], { bounds: [[-2, 0.5], [-2, 2]] }); // prettier-ignore
        assert.deepEqual([bounded.converged, a.dataSync()[0]], [true, 0.5]);
        a.assign(tf.tensor1d([-1.2]));
        const stopped = minimize(tf, rosenbrock(a, b), [a, b], { onIteration: ({ iteration }) => iteration < 4 });
        assert.deepEqual([stopped.status, stopped.iterations], ['stopped', 4]);
      });

      it('has the gradients that the losses have', () => {
        const { parameters, closure, assign } = trainable(tf, rosenbrock(a, b), [a, b]);
        const before = tf.memory();
        const check = checkGradient(parameters, closure);
        assert.ok(check.ok, `${check.worstName}: ${check.maxRelativeError}`);
        assign();
        assert.deepEqual([a.dataSync()[0], b.dataSync()[0]], [-1.2, 1].map(Math.fround));
        const optimizer = new LBFGS(parameters, { lineSearchFn: 'strong_wolfe', maxIter: 100 });
        optimizer.step(closure);
        assign();
        assert.equal(a.dataSync()[0], parameters[0]!.data[0]);
        assert.ok(Math.abs(a.dataSync()[0]! - 1) < 1e-2);
        assert.deepEqual(tf.memory(), before);
      });

      it('shows a wrong gradient of customGrad, by its variable', () => {
        const w = tf.variable(tf.tensor1d([1, 2, 3]), true, `wrong-${backend}`);
        const cube = tf.customGrad((x) => ({
          value: tf.mul(x, tf.square(x)),
          gradFunc: (dy) => tf.mul(dy, tf.square(x)), // a factor of 3 is missing
        }));
        const { parameters, closure } = trainable(tf, () => tf.sum(tf.add(cube(w), tf.square(a))), [a, w]);
        const check = checkGradient(parameters, closure);
        assert.equal(check.ok, false);
        assert.equal(check.worstName, `parameter 1 ('wrong-${backend}')`);
        w.dispose();
      });
    });
  }

  describe('on the backend cpu', () => {
    before(() => tf.setBackend('cpu'));

    it('has the search, the stops and the defaults of minimize over a vector', () => {
      const w = tf.variable(tf.tensor1d([3, -2, 1]));
      const f = () => tf.sum(tf.square(tf.square(w)));
      const ours = minimize(tf, f, [w]);
      const start = Float64Array.of(3, -2, 1);
      const theirs = minimizeVector((x, gradient) => {
        const held = tf.variable(tf.tensor1d(Float32Array.from(x)));
        const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(tf.square(held))), [held]);
        gradient.set(grads[held.name]!.dataSync());
        const loss = value.dataSync()[0]!;
        tf.dispose([value, grads, held]);
        return loss;
      }, start);
      const { status, iterations, evaluations, loss, gradNorm } = theirs;
      assert.deepEqual({ ...ours, status, iterations, evaluations, loss, gradNorm }, ours);
      assert.deepEqual(w.dataSync(), Float32Array.from(theirs.x));
      w.dispose();
    });

    for (const [name, start, f, bounds, minimum] of [
      ['a linear loss', [5, 5], (w) => tf.sub(tf.scalar(0), tf.sum(w)), { upper: [1, 1] }, [1, 1]],
      ['a sine', [6], (w) => tf.sum(tf.sin(w)), [[-1, 2]], [2]],
      ['a logarithm, which the start is not in', [-1], (w) => tf.sum(tf.sub(w, tf.log(w))), { lower: 0.1 }, [1]],
    ] as [string, number[], (w: Variable) => Tensor, Bounds, number[]][]) {
      it(`evaluates the start where the bounds have moved it, of ${name}`, async () => {
        for (const run of [minimize, minimizeAsync]) {
          const w = tf.variable(tf.tensor1d(start));
          const report = await run(tf, () => f(w), [w], { bounds });
          assert.ok(report.converged, report.message);
          for (const [index, value] of Array.from(w.dataSync()).entries())
            assert.ok(Math.abs(value - minimum[index]!) < 1e-3);
          assert.equal(
            report.loss,
            tf.tidy(() => f(w).dataSync()[0]),
          );
          w.dispose();
        }
      });
    }

    it('gives the values back that the variables had if the first evaluation throws', async () => {
      const w = tf.variable(tf.tensor1d([5, 5]));
      const problem = new Error('out of luck');
      const f = (): Tensor => {
        assert.deepEqual(Array.from(w.dataSync()), [1, 1]);
        throw problem;
      };
      assert.throws(() => minimize(tf, f, [w], { bounds: { upper: 1 } }), problem);
      assert.deepEqual(Array.from(w.dataSync()), [5, 5]);
      await assert.rejects(minimizeAsync(tf, f, [w], { bounds: { upper: 1 } }), problem);
      assert.deepEqual(Array.from(w.dataSync()), [5, 5]);
      w.dispose();
    });

    it('starts minimizeAsync from the values at the call, whatever is assigned meanwhile', async () => {
      const w = tf.variable(tf.tensor1d([3]));
      const running = minimizeAsync(tf, () => tf.sum(tf.square(w)), [w], { maxIter: 0 });
      w.assign(tf.tensor1d([7]));
      assert.deepEqual([(await running).initialLoss, w.dataSync()[0]], [9, 3]);
      w.dispose();
    });

    it('keeps the scalars that a loss keeps, in solves and in trainable', async () => {
      const w = tf.variable(tf.tensor1d([3]));
      const kept: Tensor[] = [];
      const f = () => {
        const sum = tf.sum(tf.square(w));
        kept.push(tf.keep(tf.mul(sum, tf.scalar(2))));
        return sum;
      };
      tf.tidy(() => minimize(tf, f, [w]));
      await minimizeAsync(tf, f, [w]);
      tf.tidy(() => trainable(tf, f, [w]).closure());
      assert.ok(kept.length > 3);
      assert.deepEqual(
        kept.filter(({ isDisposed }) => isDisposed),
        [],
      );
      tf.dispose([w, ...kept]);
    });

    it('leaves variables that are not trainable, and those that are not in the list', async () => {
      const [w, frozen, other] = [1, 2, 3].map((value) => tf.variable(tf.scalar(value), value !== 2)) as [
        Variable,
        Variable,
        Variable,
      ];
      const f = () => tf.add(tf.square(w), tf.add(tf.square(frozen), tf.square(other)));
      const codes = await warningsOf(() => minimize(tf, f, [w, frozen]));
      assert.deepEqual([frozen.dataSync()[0], other.dataSync()[0], codes], [2, 3, []]);
      assert.ok(Math.abs(w.dataSync()[0]!) < 1e-6);
      tf.dispose([w, frozen, other]);
    });

    it('refuses the option gradient, options that are none, and a loss that is no function', () => {
      const w = tf.variable(tf.scalar(1));
      const f = () => tf.square(w);
      const refused: [() => unknown, object][] = [
        [() => minimize(tf, f, [w], { gradient: 'central' } as object), { code: 'ERR_LBFGS_UNKNOWN_OPTION' }],
        [() => minimize(tf, f, [w], { learningRate: 1 } as object), { code: 'ERR_LBFGS_UNKNOWN_OPTION' }],
        [() => minimize(tf, f, [w], 3 as never), { code: 'ERR_LBFGS_ARG_TYPE' }],
        [() => minimize(tf, f, [w], AbortSignal.abort() as object), { message: /; a signal goes in as \{ signal \}$/ }],
        [() => minimize(tf, f, [w], new AbortController()), { message: /\{ signal: controller\.signal \}$/ }],
        [() => minimize(tf, tf.scalar(1) as never, [w]), { code: 'ERR_LBFGS_ARG_TYPE', message: /a function for f/ }],
        [() => minimize(f as never, [w] as never, f as never), { code: 'ERR_LBFGS_ARG_TYPE', message: /for tf/ }],
      ];
      for (const [run, expected] of refused) assert.throws(run, expected);
      w.dispose();
    });
  });
});
