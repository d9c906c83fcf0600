import assert from 'node:assert/strict';
import { launch, launchers } from './launch';

describe('connect', () => {
  it('says which libraries it has tried where there is none', async () => {
    const { lines, code } = await launch(undefined, 1, 'refusals.mjs', { LBFGS_MPI_LIBRARY: 'libno-such-mpi.so.1' });
    assert.match(
      lines.join('\n'),
      /^ERR_LBFGS_MPI: Expected an MPI library .* LBFGS_MPI_LIBRARY: libno-such-mpi\.so\.1/,
    );
    assert.equal(code, 0);
  });
  it('refuses a library that is none of MPI', async () => {
    const { lines } = await launch(undefined, 1, 'refusals.mjs', { LBFGS_MPI_LIBRARY: 'libm.so.6' });
    if (process.platform !== 'linux') return;
    assert.match(lines.join('\n'), /^ERR_LBFGS_MPI: Expected an MPI library .*libm\.so\.6: it has no function MPI_/);
  });
  it('refuses a worker thread', async () => {
    const { lines } = await launch(undefined, 1, 'refusals.mjs', { IN: 'worker' });
    assert.match(lines.join('\n'), /^ERR_LBFGS_MPI: Expected the main thread for connect/);
  });

  const found = launchers('what lbfgs/mpi refuses');
  for (const launcher of found) {
    it(`connects and finalises once in a process, under ${launcher.name}`, async () => {
      const { lines, code, stderr } = await launch(launcher, 2, 'refusals.mjs');
      assert.deepEqual(lines, ['connected 2', 'connected 2'], stderr);
      assert.equal(code, 0, stderr);
    });
    const other = found.find(({ name }) => name !== launcher.name);
    if (other !== undefined) {
      it(`refuses the library of ${other.name} under the launcher of ${launcher.name}`, async () => {
        const variables = { LBFGS_MPI_LIBRARY: other.library, AGAIN: '1' };
        const { lines, code, stderr } = await launch(launcher, 2, 'refusals.mjs', variables);
        assert.equal(code, 0, stderr);
        assert.equal(lines.length, 2, stderr);
        for (const line of lines) {
          assert.match(
            line,
            /^ERR_LBFGS_MPI: Expected a job of 2 processes, as \w+_SIZE says, but received one of 1 from/,
          );
          assert.match(line, new RegExp(`${other.library}.*LBFGS_MPI_LIBRARY`));
        }
      });
    }
  }
});
