// As pages.ts, for pages whose programs need another library.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { assertSameFigures, blocksOf, ROOT } from './blocks';
import { programOf } from './pages';
import { beside, placeOf, printedBy, printedIn, writeInto, type Place } from './place';

/** docs/recipes.md: the server that trains sends events, of which the last tells the end. */
export async function checkServer(place: Place): Promise<void> {
  writeInto(place, { 'server.mjs': programOf('docs/recipes.md', 'server.mjs') });
  await beside(place, ['server.mjs'], async (url) => {
    const response = await fetch(`${url}/train`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event)!.slice(1) as [string, string]);
    const end = JSON.parse(events.at(-1)![1]) as { status: string; loss: number };
    assert.ok(events.length > 10);
    assert.ok(events.slice(0, -1).every(([name]) => name === 'progress'));
    assert.match(end.status, /^converged/);
    assert.ok(end.loss < 1e-10 || Math.abs(end.loss - 3.98) < 0.1, String(end.loss));
  });
}

/** docs/tfjs.md; `prelude` stands in for the import of the union package where its parts are installed alone. */
export async function checkTfjs(place: Place, prelude?: string): Promise<void> {
  const page = 'docs/tfjs.md';
  const [parts, shown] = ['js run', 'text output'].map((info) => blocksOf(page, info)) as [string[], string[]];
  assert.deepEqual([parts.length, shown.length], [5, 5]);
  const program = parts.join('\n');
  const imported = "import * as tf from '@tensorflow/tfjs';\n";
  assert.ok(program.includes(imported));
  writeInto(place, { 'program.mjs': program.replace(imported, prelude ?? imported) });
  const lines = (await printedBy(place, 'program.mjs')).split('\n');
  const ours = lines.filter((line) => line !== '' && !/^=+$|^Hi, looks like/.test(line));
  assertSameFigures(ours.join('\n'), shown.join('').trim(), 1e-2);
}

export async function checkJax(place: Place): Promise<void> {
  const [shim, program] = blocksOf('docs/jax.md', 'js') as [string, string];
  writeInto(place, { 'shim.mjs': shim, 'fit.mjs': program });
  assert.match(await printedBy(place, 'fit.mjs'), /^converged_\w+ 2\.00 -1\.00 0\.50$/);
}

/** Writes the programs of docs/onnx.md as its reader has them, beside the scripts of examples/pytorch. */
export function writeOnnx(place: Place): void {
  const page = 'docs/onnx.md';
  for (const name of ['export_training.py', 'export_torch_1.py', 'lbfgs_checkpoint.py'])
    fs.copyFileSync(path.join(ROOT, 'examples', 'pytorch', name), path.join(place.folder, name));
  const exporting = blocksOf(page, 'python run').join('\n');
  writeInto(place, {
    'model.py': exporting,
    'train.mts': blocksOf(page, 'ts run').join('\n'),
    'back.py': [exporting, ...blocksOf(page, 'python back')].join('\n'),
  });
}

/** docs/onnx.md: exported in Python, trained in Node, and back. */
export async function checkOnnx(place: Place): Promise<void> {
  writeOnnx(place);
  // Without the sanitizer that may be preloaded for the addon.
  const python = placeOf(place.folder, { LD_PRELOAD: '' });
  assert.equal(await printedIn(python, ['/usr/bin/python3', '-B', 'model.py']), '');
  const trained = await printedBy(place, 'train.mts');
  const back = await printedIn(python, ['/usr/bin/python3', '-B', 'back.py']);
  // Iterations enlarge how sums are rounded, which depends on the number of threads.
  const shown = blocksOf('docs/onnx.md', 'text output').join('');
  assertSameFigures(`${trained}\n${back}`, shown, 1e-3, 0.01);
}
