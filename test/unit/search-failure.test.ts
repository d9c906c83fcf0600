import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { LBFGS, minimize, minimizeAsync, Parameter, type SearchFailure } from 'lbfgs';
import { typeRefusal, untyped } from '../problems/refusal';

const root = path.resolve(__dirname, '..', '..');
/** x^2 with the sign of the gradient wrong. */
const wrong = (x: Float64Array, gradient: Float64Array): number => {
  gradient[0] = -2 * x[0]!;
  return x[0]! ** 2;
};

function check(failure: SearchFailure): void {
  assert.deepEqual(JSON.parse(JSON.stringify(failure)), failure, 'JSON keeps all of it');
  assert.deepEqual(failure.start, { t: 0, loss: 1, slope: -4 });
  assert.ok(failure.trials.length > 1 && failure.trials.length <= 32);
  for (const { t, loss, slope } of failure.trials) {
    assert.ok(t > 0);
    assert.equal(loss, (1 + 2 * t) ** 2);
    assert.equal(slope, 2 * (-2 * (1 + 2 * t)));
  }
  assert.equal(failure.limits.maxTrials, 25);
  assert.equal(failure.limits.dMax, 2);
}

describe('onFailure', () => {
  it('is called once with the trials of the search that failed, by minimize and minimizeAsync', async () => {
    const failures: SearchFailure[] = [];
    const onFailure = (failure: SearchFailure): void => void failures.push(failure);
    assert.equal(minimize(wrong, [1], { onFailure }).status, 'line_search_failed');
    assert.equal((await minimizeAsync(wrong, [1], { onFailure })).status, 'line_search_failed');
    assert.equal(failures.length, 2);
    assert.deepEqual(failures[0], failures[1]);
    assert.equal(failures[0]!.lineSearch, 'noise_tolerant');
    assert.equal(failures[0]!.noise.relative, 1e-6);
    check(failures[0]!);
  });

  it('is called by a step of the class, with torch’s search', () => {
    const x = new Parameter([1]);
    const optimizer = new LBFGS([x], { lineSearchFn: 'strong_wolfe', maxLs: 25 });
    let seen: SearchFailure | undefined;
    const closure = (): number => {
      x.grad = [-2 * x.data[0]!];
      return x.data[0]! ** 2;
    };
    optimizer.step(closure, { onFailure: (failure) => (seen = failure) });
    assert.equal(optimizer.lastStep!.status, 'line_search_failed');
    assert.equal(seen!.lineSearch, 'strong_wolfe');
    check(seen!);
  });

  it('is not called where nothing failed, nor where no trial was made', () => {
    const never = (): never => assert.fail();
    const right = (x: Float64Array, gradient: Float64Array): number => {
      gradient[0] = 2 * x[0]!;
      return x[0]! ** 2;
    };
    assert.equal(minimize(right, [1], { onFailure: never }).converged, true);
    assert.equal(minimize(wrong, [1], { lr: 0, onFailure: never }).status, 'line_search_failed');
  });

  it('passes on what it throws, at the point where the step has ended', () => {
    const error = new Error('from onFailure');
    const throwing = (): never => {
      throw error;
    };
    assert.throws(() => minimize(wrong, [1], { onFailure: throwing }), error);
    assert.throws(
      () => minimize(wrong, [1], untyped({ onFailure: 1 })),
      typeRefusal('ERR_LBFGS_ARG_TYPE', 'Expected a function for onFailure but received 1'),
    );
  });

  it('has NODE_DEBUG=lbfgs print the same', () => {
    const program = `const { minimize } = require('lbfgs');
      minimize((x, g) => ((g[0] = -2 * x[0]), x[0] ** 2), [1], { onFailure: (f) => console.log(JSON.stringify(f)) });`;
    const env = { ...process.env, NODE_DEBUG: 'lbfgs' };
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: root, env, encoding: 'utf8' });
    assert.ok(stdout.startsWith('{"lineSearch"'));
    assert.ok(stderr.includes(stdout.trim()), stderr);
  });
});
