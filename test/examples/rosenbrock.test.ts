import assert from 'node:assert/strict';
import { runExample } from './run-example';

describe('examples/rosenbrock', () => {
  it('prints the minimum, 0 at (1, 1), and a convergence', async () => {
    const { stdout } = await runExample('rosenbrock.ts');
    const [, loss, a, b] = /^minimum (\S+) at \((\S+), (\S+)\)$/m.exec(stdout) ?? [];
    assert.ok(Number(loss) < 1e-8, stdout);
    assert.ok(Math.abs(Number(a) - 1) < 1e-4 && Math.abs(Number(b) - 1) < 1e-4, stdout);
    assert.match(stdout, /^converged_\w+ after \d+ iterations, \d+ evaluations$/m);
  });
});
