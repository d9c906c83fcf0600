// Eigen's headers are fetched by a sum and compiled later: what was done to them meanwhile is noticed.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { newFolder, ROOT, run, type Outcome } from './place';

const EIGEN = path.join('native', 'vendor', 'eigen');

describe('scripts/fetch-eigen.mjs', () => {
  if (!fs.existsSync(path.join(ROOT, EIGEN, 'VERSION'))) {
    console.log('left out: scripts/fetch-eigen.mjs (it could not fetch Eigen here)');
    return;
  }

  /** The script and what it fetched, in a folder of their own. */
  function copied(): { folder: string; eigen: string } {
    const folder = newFolder();
    const eigen = path.join(folder, EIGEN);
    fs.cpSync(path.join(ROOT, EIGEN), eigen, { recursive: true });
    fs.mkdirSync(path.join(folder, 'scripts'));
    fs.copyFileSync(path.join(ROOT, 'scripts', 'fetch-eigen.mjs'), path.join(folder, 'scripts', 'fetch-eigen.mjs'));
    return { folder, eigen };
  }
  /** Without apt-get on the PATH. */
  const script = (folder: string, ...args: string[]): Promise<Outcome> =>
    run([process.execPath, path.join(folder, 'scripts', 'fetch-eigen.mjs'), ...args], {
      cwd: folder,
      env: { PATH: newFolder() },
    });

  it('--check passes what it has fetched itself', async () => {
    const { folder } = copied();
    assert.deepEqual(await script(folder, '--check'), { status: 0, stdout: '', stderr: '' });
  });

  const CHANGES: Readonly<Record<string, (eigen: string) => void>> = {
    'a changed byte': (eigen) => {
      fs.appendFileSync(path.join(eigen, 'Eigen', 'src', 'Core', 'Dot.h'), '\n');
    },
    'a file more': (eigen) => {
      fs.writeFileSync(path.join(eigen, 'Eigen', 'src', 'Core', 'vector'), '');
    },
    'a file less': (eigen) => {
      fs.rmSync(path.join(eigen, 'Eigen', 'src', 'Core', 'Dot.h'));
    },
    'two files whose names were exchanged': (eigen) => {
      const [a, b] = ['Dot.h', 'Fuzzy.h'].map((name) => path.join(eigen, 'Eigen', 'src', 'Core', name)) as [
        string,
        string,
      ];
      fs.renameSync(a, `${a}.away`);
      fs.renameSync(b, a);
      fs.renameSync(`${a}.away`, b);
    },
  };
  for (const [what, change] of Object.entries(CHANGES)) {
    it(`--check refuses ${what}`, async () => {
      const { folder, eigen } = copied();
      change(eigen);
      const { status, stderr } = await script(folder, '--check');
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^native\/vendor\/eigen has files that were changed, added or lost since it was fetched: node /,
      );
    });
  }

  it('--check refuses a folder that is missing, or of another version', async () => {
    const { folder, eigen } = copied();
    fs.writeFileSync(path.join(eigen, 'VERSION'), 'eigen 3.3.9\n');
    assert.match((await script(folder, '--check')).stderr, /^native\/vendor\/eigen is of another version/);
    fs.rmSync(eigen, { recursive: true });
    const { status, stderr } = await script(folder, '--check');
    assert.equal(status, 1);
    assert.match(stderr, /^native\/vendor\/eigen is missing/);
  });

  it('is asked before addons and the package are published', () => {
    for (const name of [path.join('prebuild', 'check.mjs'), 'check-package.mjs']) {
      const text = fs.readFileSync(path.join(ROOT, 'scripts', name), 'utf8');
      assert.match(text, /'scripts', 'fetch-eigen\.mjs'\), '--check'\]/);
    }
  });
});
