// The programs of docs/distributed.md.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeIn } from '../consumers/consumer';
import { blocksOf } from './blocks';
import { withFolder } from './programs';

const PAGE = 'docs/distributed.md';

/** The program whose first line is this name, and what the comment below its last `console.log` shows. */
function programNamed(name: string, info = 'js'): { source: string; shown: string | undefined } {
  const source = blocksOf(PAGE, info).find((block) => block.startsWith(`// ${name}`));
  assert.ok(source !== undefined, name);
  return { source, shown: /^\/\/ ([^\n]*)\n$/m.exec(source.slice(source.lastIndexOf('console.log')))?.[1] };
}

describe('docs/distributed.md', () => {
  it('has a driver whose workers serve over HTTP', () =>
    withFolder(async (folder) => {
      const driver = programNamed('driver.mjs');
      writeFileSync(join(folder, 'driver.mjs'), driver.source);
      writeFileSync(join(folder, 'worker.mjs'), programNamed('worker.mjs').source);
      const workers: ChildProcess[] = [];
      try {
        const urls: string[] = [];
        for (const shard of ['0', '1', '2']) {
          const worker = spawn(process.execPath, ['worker.mjs', shard, '3'], { cwd: folder });
          workers.push(worker);
          const [line] = (await once(worker.stdout, 'data')) as [Buffer];
          urls.push(String(line).trim());
        }
        assert.equal(await nodeIn(folder, 'driver.mjs', ...urls), driver.shown);
      } finally {
        for (const worker of workers) worker.kill();
      }
    }));

  it('has a communicator between worker threads, by which an optimiser converges', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'threads.mjs'), programNamed('threads.mjs').source);
      assert.match(await nodeIn(folder, 'threads.mjs'), /^converged_\w+$/);
    }));
});
