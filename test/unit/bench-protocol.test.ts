import assert from 'node:assert/strict';
import { minimize, type Objective } from 'lbfgs';
import { SubjectProcess } from '../../bench/process';
import type { Answer } from '../../bench/protocol';
import { SHORT_SOLVERS } from '../../bench/subjects';

// The benchmark's subjects in JavaScript, which are always there; those in C++ and Python speak the same protocol.
describe('the protocol of the benchmark', () => {
  const x0 = [-1.2, 1];
  const request = { problem: 'rosenbrock', x0, m: 10, maxIter: 1000, toleranceGrad: 1e-7 };
  const rosenbrock: Objective = (x, gradient) => {
    const [a, b] = [x[0]!, x[1]!];
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[1] = 200 * (b - a * a);
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
  };

  for (const subject of SHORT_SOLVERS.filter(({ command }) => command[0] === process.execPath)) {
    it(`${subject.name}: solves a named problem, with its own values and with those of the parent process`, async () => {
      const harness = new SubjectProcess(subject);
      let asked = 0;
      const counted: Objective = (x, gradient) => {
        asked++;
        return rosenbrock(x, gradient);
      };
      const own = (await harness.ask(request)) as Answer;
      const ofParent = (await harness.ask({ ...request, problem: 'any', values: 'parent' }, counted)) as Answer;
      harness.close();
      for (const { loss, gradNorm } of [own, ofParent]) assert.ok(loss < 1e-12 && gradNorm <= 1e-7);
      assert.equal(asked, ofParent.evaluations + 1, 'one more for the point that the library returns');
      assert.equal(own.first, rosenbrock(Float64Array.from(x0), new Float64Array(2)));
    });
  }

  it('carries values that are not finite', async () => {
    const subject = SHORT_SOLVERS[0]!;
    const harness = new SubjectProcess(subject);
    const walled: Objective = (x, gradient) => {
      gradient[0] = 1 - 1 / x[0]!;
      return x[0]! > 0 ? x[0]! - Math.log(x[0]!) : Infinity;
    };
    const options = { historySize: 10, toleranceGrad: 1e-7, toleranceChange: 0, maxIter: 1000 };
    const here = minimize(walled, [20], options);
    const there = (await harness.ask({ ...request, x0: [20], values: 'parent' }, walled)) as Answer;
    harness.close();
    assert.deepEqual([there.loss, there.evaluations], [here.loss, here.evaluations]);
  });

  it('says why there is no answer', async () => {
    const harness = new SubjectProcess(SHORT_SOLVERS[0]!);
    const reply = await harness.ask({ ...request, problem: 'nothing' });
    harness.close();
    assert.deepEqual(reply, { failed: 'Expected one of rosenbrock, logistic, co2 but received nothing' });
  });
});
