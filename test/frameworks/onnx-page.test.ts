// The programs of docs/onnx.md, as the page tells the reader to run them: export in Python, train in Node, back to Python.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { PLAIN, ROOT } from '../consumers/consumer';
import { checkOnnx, writeOnnx } from '../docs/bridge-pages';
import { placeOf, type Place } from '../docs/place';
import { withFolder } from '../docs/programs';
import { hasTorch } from '../exchange/torch';
import { frameworks } from './framework';

describe('docs/onnx.md', () => {
  const tools = frameworks('the programs of docs/onnx.md');
  if (tools === undefined) return;

  /** A reader's folder: the scripts, the programs and ONNX Runtime. */
  function prepare(folder: string): Place {
    fs.symlinkSync(path.join(tools!, 'node_modules'), path.join(folder, 'node_modules'));
    const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
    return { ...placeOf(folder, PLAIN), typescript: ['--import', tsx] };
  }

  it('compiles under strict', async () => {
    const messages = await withFolder((folder) => {
      writeOnnx(prepare(folder));
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

  it('prints the figures of the page, from Python to Node and back', () =>
    withFolder((folder) => checkOnnx(prepare(folder))));
});
