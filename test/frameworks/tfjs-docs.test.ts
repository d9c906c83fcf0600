import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { nodeIn } from '../consumers/consumer';
import { assertSameFigures, blocksOf } from '../docs/blocks';
import { withFolder } from '../docs/programs';
import { frameworks } from './framework';

const PAGE = 'docs/tfjs.md';
/** The union package, made of the packages that are installed here. */
const UNION = `
import core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import layers from '@tensorflow/tfjs-layers';
const tf = { ...core, ...layers };
await tf.setBackend('cpu');
`;

describe(PAGE, () => {
  const folder = frameworks('TensorFlow.js: its page');
  if (folder === undefined) return;

  it('has a program of five parts, which prints what the page shows', async () => {
    const parts = blocksOf(PAGE, 'js run');
    const shown = blocksOf(PAGE, 'text output');
    assert.deepEqual([parts.length, shown.length], [5, 5]);
    const program = parts.join('\n').replace("import * as tf from '@tensorflow/tfjs';\n", UNION);
    const printed = await withFolder((place) => {
      fs.symlinkSync(path.join(folder, 'node_modules'), path.join(place, 'node_modules'), 'junction');
      fs.writeFileSync(path.join(place, 'program.mjs'), program);
      return nodeIn(place, 'program.mjs');
    });
    const lines = printed.split('\n').filter((line) => line !== '' && !/^=+$|^Hi, looks like/.test(line));
    assertSameFigures(lines.join('\n'), shown.join('').trim(), 1e-2);
  });
});
