// The programs of docs/checkpoints.md.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Parameter, type Communicator, type StateDict } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from 'lbfgs/safetensors';
import { simulate } from '../distributed/ranks';
import { CHECKPOINTS } from '../exchange/checkpoints';
import { cutInto, wholeOf } from '../exchange/slices';
import { PLAIN } from '../consumers/consumer';
import { checkCheckpoints, checkShown, programOf, shownBy } from './pages';
import { placeOf, printedBy, writeInto } from './place';
import { withFolder } from './programs';

const PAGE = 'docs/checkpoints.md';

/** What the programs use of an optimiser, since this one need not make a step. */
interface Optimizer {
  stateDict(): StateDict;
  loadStateDict(state: StateDict): void;
}

interface Programs {
  save: (comm: Communicator, optimizer: Optimizer, weights: Parameter, epoch: number) => Promise<void>;
  load: (comm: Communicator, optimizer: Optimizer, weights: Parameter) => Promise<number>;
}

function valuesOf<T>(outcomes: readonly PromiseSettledResult<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

describe('docs/checkpoints.md', () => {
  const here = process.cwd();
  afterEach(() => {
    process.chdir(here);
  });

  it('has programs of one process, which load what they saved', () =>
    withFolder((folder) => checkCheckpoints(placeOf(folder, PLAIN))));

  for (const line of ['optimizer.loadStateDict(state);', 'new Parameter(parameters.weight.data)']) {
    it(`says that both have to be loaded: the numbers are others without ${line}`, () =>
      withFolder(async (folder) => {
        const place = placeOf(folder, PLAIN);
        await checkShown(place, PAGE, 'train.mjs');
        const resume = programOf(PAGE, 'resume.mjs');
        assert.ok(resume.includes(line));
        writeInto(place, { 'resume.mjs': resume.replace(line, line.startsWith('new') ? 'new Parameter([3])' : '') });
        assert.notEqual(await printedBy(place, 'resume.mjs'), shownBy(resume));
      }));
  }

  it('saves with three ranks, loads with two, and makes one file of it', () =>
    withFolder(async (folder) => {
      process.chdir(folder);
      const [both, one] = ['shards.mjs', 'whole.mjs'].map((name) => {
        const file = path.join(folder, name);
        fs.writeFileSync(file, programOf(PAGE, name));
        return pathToFileURL(file).href;
      }) as [string, string];
      const { save, load } = (await import(both)) as Programs;
      const { state, parameters } = wholeOf(CHECKPOINTS['some steps in float64']!());
      const whole: Checkpoint = { state, parameters: { weights: parameters!['all']! } };

      const before = cutInto(whole, [1, 2, 1]);
      const savers = await simulate(3, (comm) => {
        const slice = before[comm.rank]!;
        const optimizer = { stateDict: () => slice.state, loadStateDict: () => undefined };
        return save(comm, optimizer, new Parameter(slice.parameters!['weights']!.data), 7);
      });
      valuesOf(savers);

      const after = cutInto(whole, [3, 1]);
      const loaders = await simulate(2, async (comm) => {
        const slice = after[comm.rank]!;
        const weights = new Parameter(new Float64Array(comm.rank === 0 ? 3 : 1));
        const loaded: StateDict[] = [];
        const optimizer = {
          stateDict: () => slice.state,
          loadStateDict: (given: StateDict) => void loaded.push(given),
        };
        const epoch = await load(comm, optimizer, weights);
        assert.deepEqual(weights.data, slice.parameters!['weights']!.data);
        assert.deepEqual(loaded, [slice.state]);
        return epoch;
      });
      assert.deepEqual(valuesOf(loaders), [7, 7]);

      await import(one);
      const found = decodeCheckpoint(fs.readFileSync('model.safetensors'));
      const alone = { ...whole, metadata: { epoch: '7' } };
      assert.deepEqual(found, decodeCheckpoint(encodeCheckpoint(alone)));
    }));
});
