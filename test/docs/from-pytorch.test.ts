import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { hasTorch } from '../exchange/torch';
import { blocksOf } from './blocks';
import { assertFromPyTorch, checkFromPyTorch, checkLinear } from './pages';
import { placeOf } from './place';
import { outputOfModule, outputOfPython, withFolder } from './programs';

const PAGE = 'docs/from-pytorch.md';

describe('docs/from-pytorch.md', () => {
  const program = blocksOf(PAGE, 'ts run').join('\n');

  const small = blocksOf(PAGE, 'js').find((code) => code.startsWith('// linear.mjs'))!;

  it('trains the small program to weights of 1, 2, 3 and a bias of 0, ever lower', async () => {
    const report = '\nconsole.log(JSON.stringify({ ...optimizer.lastStep, values: [...weights.data, ...bias.data] }));';
    const lines = (await outputOfModule('linear.mjs', small + report)).trim().split('\n');
    const { converged, loss, values } = JSON.parse(lines.pop()!) as {
      converged: boolean;
      loss: number;
      values: number[];
    };
    assert.ok(converged);
    assert.ok(loss < 1e-8, String(loss));
    for (const [index, value] of values.entries())
      assert.ok(Math.abs(value - [1, 2, 3, 0][index]!) < 1e-3, String(values));
    const losses = lines.slice(0, 5).map(Number);
    assert.ok(
      losses.every((each, epoch) => epoch === 0 || each <= losses[epoch - 1]!),
      String(losses),
    );
  });

  it('prints the last line that the comment under the small program shows, to the last digit', () =>
    withFolder((folder) => checkLinear(placeOf(folder))));

  it('prints the figures of the page when its TypeScript is put together', () =>
    withFolder((folder) => checkFromPyTorch(placeOf(folder))));

  it('goes on from its checkpoint as the training would have gone on itself', async () => {
    const further = `
      const initialLoss = optimizer.step(closure);
      console.log(JSON.stringify([{ ...optimizer.lastStep, initialLoss }, resumed.lastStep]));`;
    const last = (await outputOfModule('train.mts', program + further)).trim().split('\n').pop()!;
    const [uninterrupted, resumed] = JSON.parse(last) as [unknown, unknown];
    assert.deepEqual(resumed, uninterrupted);
  });

  it('compiles under strict', async () => {
    const messages = await withFolder((folder) => {
      const file = join(folder, 'train.mts');
      writeFileSync(file, program);
      const compiler = ts.createProgram([file], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: ts.ModuleKind.Node20,
        target: ts.ScriptTarget.ES2022,
        types: ['node'],
      });
      const diagnostics = ts.getPreEmitDiagnostics(compiler);
      return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    });
    assert.deepEqual(messages, []);
  });

  if (!hasTorch()) {
    it('has Python that is left out: no torch in /usr/bin/python3', () => {
      console.log('    left out: the Python of docs/from-pytorch.md (Debian: apt-get install python3-torch)');
    });
    return;
  }

  it('prints the same figures when its Python is put together', async () => {
    assertFromPyTorch(await outputOfPython('train.py', blocksOf(PAGE, 'python run').join('\n')));
  });
});
