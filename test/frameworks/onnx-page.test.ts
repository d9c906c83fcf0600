// The programs of docs/onnx.md, as the page tells the reader to run them: export in Python, train in Node, back to Python.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { PLAIN, ROOT, runIn } from '../consumers/consumer';
import { assertSameFigures, blocksOf } from '../docs/blocks';
import { withFolder } from '../docs/programs';
import { hasTorch } from '../exchange/torch';
import { frameworks } from './framework';

const PAGE = 'docs/onnx.md';
const PYTHON = '/usr/bin/python3';
const SCRIPTS = ['export_training.py', 'export_torch_1.py', 'lbfgs_checkpoint.py'];

describe('docs/onnx.md', () => {
  const tools = frameworks('the programs of docs/onnx.md');
  if (tools === undefined) return;
  const exporting = blocksOf(PAGE, 'python run').join('\n');
  const training = blocksOf(PAGE, 'ts run').join('\n');
  const returning = blocksOf(PAGE, 'python back').join('\n');

  /** A reader's folder: the scripts, the programs and ONNX Runtime. */
  function prepare(folder: string): void {
    for (const name of SCRIPTS) fs.copyFileSync(path.join(ROOT, 'examples', 'pytorch', name), path.join(folder, name));
    fs.symlinkSync(path.join(tools!, 'node_modules'), path.join(folder, 'node_modules'));
    fs.writeFileSync(path.join(folder, 'model.py'), exporting);
    fs.writeFileSync(path.join(folder, 'train.mts'), training);
    fs.writeFileSync(path.join(folder, 'back.py'), `${exporting}\n${returning}`);
  }

  it('compiles under strict', async () => {
    const messages = await withFolder((folder) => {
      prepare(folder);
      const compiler = ts.createProgram([path.join(folder, 'train.mts')], {
        strict: true,
        noUncheckedIndexedAccess: true,
        noEmit: true,
        skipLibCheck: true,
        module: ts.ModuleKind.Node20,
        target: ts.ScriptTarget.ES2022,
        types: ['node'],
        typeRoots: [path.join(ROOT, 'node_modules', '@types')],
      });
      const diagnostics = ts.getPreEmitDiagnostics(compiler);
      return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    });
    assert.deepEqual(messages, []);
  });

  if (!hasTorch()) {
    console.log('    left out: the programs of docs/onnx.md (Debian: apt-get install python3-torch)');
    return;
  }

  it('prints the figures of the page, from Python to Node and back', async () => {
    const output = await withFolder(async (folder) => {
      prepare(folder);
      assert.equal(await runIn(folder, PYTHON, ['-B', 'model.py'], PLAIN_PYTHON), '');
      const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
      const trained = await runIn(folder, process.execPath, ['--import', tsx, 'train.mts']);
      return `${trained}\n${await runIn(folder, PYTHON, ['-B', 'back.py'], PLAIN_PYTHON)}`;
    });
    // Iterations enlarge how sums are rounded, which depends on the number of threads.
    assertSameFigures(output, blocksOf(PAGE, 'text output').join(''), 1e-3, 0.01);
  });
});

const PLAIN_PYTHON = { LD_PRELOAD: PLAIN.LD_PRELOAD };
