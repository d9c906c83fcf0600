// Worker threads that are terminated while they train, eight at a time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { SIZES, training } from '../async/trainings';
import { distance } from '../problems/model';
import { randomNumbers } from '../problems/numbers';
import { startWorker } from '../runtime/processes';

const AT_ONCE = 8;
const TERMINATIONS = 200;
/** Workers among them that call process.exit inside an evaluation. */
const EXITS = 25;
/** At most this many evaluations, some trainings, before the end. */
const EVALUATIONS = 60;

/** What doomed-worker.mjs takes. */
interface Doom {
  size: number;
  asynchronous: boolean;
  threads: number;
  lineSearchFn: 'strong_wolfe' | null;
  evaluation: number;
  /** After it has told of that evaluation; who leaves by itself tells nothing. */
  ending: 'waits in it' | 'goes on' | 'leaves by itself';
}

/** Every kind of training in turn, its end at random. */
function dooms(): Doom[] {
  const random = randomNumbers(8);
  const below = (count: number): number => Math.floor(((random() + 1) / 2) * count);
  return Array.from({ length: TERMINATIONS + EXITS }, (_, index) => ({
    size: index % 2 === 0 ? SIZES['on the main thread'] : SIZES['on another thread'],
    asynchronous: index % 4 < 2,
    threads: 1 + below(2),
    lineSearchFn: below(2) === 0 ? 'strong_wolfe' : null,
    evaluation: 1 + below(EVALUATIONS),
    ending: index % 9 === 8 ? 'leaves by itself' : below(2) === 0 ? 'waits in it' : 'goes on',
  }));
}

/** Starts a worker and sees to its end. */
async function terminated(doom: Doom): Promise<void> {
  const worker = startWorker('doomed-worker', doom);
  if (doom.ending === 'leaves by itself') {
    assert.deepEqual(await once(worker, 'exit'), [7]);
    return;
  }
  assert.deepEqual(await once(worker, 'message'), [doom.evaluation]);
  assert.equal(await worker.terminate(), 1);
}

describe(`${AT_ONCE} workers that train at once`, () => {
  const survived = { terminations: 0, exits: 0 };

  after(() => {
    console.log(`terminations survived: ${survived.terminations}, and process.exit in a worker: ${survived.exits}`);
  });

  it('are terminated at random evaluations; the process lives on and trains to the minimum', async function () {
    this.timeout(600_000); // however busy the machine, and however slow a sanitizer makes it
    const waiting = dooms();
    const lane = async (): Promise<void> => {
      for (let doom = waiting.pop(); doom !== undefined; doom = waiting.pop()) {
        await terminated(doom);
        survived[doom.ending === 'leaves by itself' ? 'exits' : 'terminations']++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    assert.deepEqual(survived, { terminations: TERMINATIONS, exits: EXITS });

    for (const size of Object.values(SIZES)) {
      for (const asynchronous of [false, true]) {
        const { model, optimizer } = training(size, { maxIter: 500, maxEval: 1000, threads: 2 });
        if (asynchronous) await optimizer.stepAsync(() => Promise.resolve(model.closure()));
        else optimizer.step(model.closure);
        assert.equal(optimizer.lastStep!.converged, true, optimizer.lastStep!.message);
        assert.ok(distance(model.x, new Float64Array(size).fill(1)) < 1e-3);
      }
    }
  });
});
