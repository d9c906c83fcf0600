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

  it('has a communicator between worker threads, by which ranks minimise together', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'threads.mjs'), programNamed('threads.mjs').source);
      writeFileSync(join(folder, 'main.mjs'), RANKS);
      assert.equal(await nodeIn(folder, 'main.mjs'), new Array(3).fill('true 0,1,2').join('\n'));
    }));
});

/** Each of three worker threads has one of three parameters. */
const RANKS = `
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { LBFGS, Parameter } from 'lbfgs';
import { communicator } from './threads.mjs';

if (isMainThread) {
  const memory = new SharedArrayBuffer(8 + 8 * 3 * 1024);
  for (const rank of [0, 1, 2]) new Worker(new URL(import.meta.url), { workerData: { rank, size: 3, memory } });
} else {
  const comm = communicator(workerData);
  const { rank } = comm;
  const x = new Parameter([5]);
  const optimizer = new LBFGS([x], { comm, lineSearchFn: 'strong_wolfe' });
  optimizer.step(() => {
    x.grad = [(rank + 1) * (x.data[0] - rank)];
    return (x.grad[0] * (x.data[0] - rank)) / 2;
  });
  const all = new Float64Array(3);
  all[rank] = x.data[0];
  comm.allReduce(all, 'sum');
  console.log(optimizer.lastStep.converged, all.map(Math.round).join());
}
`;
