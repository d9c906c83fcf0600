// lbfgs/onnx as a program has it: strict types against those of ONNX Runtime, ES modules, CommonJS and a bundle.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { CONDITION, installInto, makeFolder, nodeIn, PREBUILD, ROOT } from '../consumers/consumer';
import { frameworks } from './framework';
import { halfSquare } from './onnx-graphs';
import { writeModel } from '../../examples/mnist/onnx-writer';

const TYPED = `
import * as ort from 'onnxruntime-node';
import { LBFGS, type Parameter } from 'lbfgs';
import { trainable, type Trainable } from 'lbfgs/onnx';
import { decodeCheckpoint } from 'lbfgs/safetensors';
export async function train(file: string, bytes: Uint8Array): Promise<number> {
  const session = await ort.InferenceSession.create(file);
  const model: Trainable<ort.Tensor> = trainable(ort, session, decodeCheckpoint(bytes).parameters);
  trainable(ort, session, { 'p.x': [1, 2], 'p.y': new Float32Array(3) }, { loss: 'energy', gradient: (name) => name });
  const parameters: Parameter[] = model.parameters;
  const x = new ort.Tensor('float32', new Float32Array(4), [2, 2]);
  const y = new ort.Tensor('int64', BigInt64Array.from([0, 1], BigInt), [2]);
  const loss: number = await new LBFGS(parameters).stepAsync(model.closure({ x, y }));
  const results = await session.run({ ...model.feeds, x });
  // @ts-expect-error: there are types, not any
  const wrong: string = loss;
  // @ts-expect-error: data are tensors
  model.closure({ x: new Float32Array(4) });
  // @ts-expect-error: a session is awaited
  trainable(ort, ort.InferenceSession.create(file), {});
  return loss + Number(results['y']?.data[0]) + wrong.length;
}
`;

const TRAINING = `
  const session = await ort.InferenceSession.create('model.onnx', { logSeverityLevel: 3 });
  const { parameters, closure } = trainable(ort, session, { 'p.x': [3, 4] });
  const optimizer = new LBFGS(parameters, { lineSearchFn: 'strong_wolfe' });
  console.log(await optimizer.stepAsync(closure()), optimizer.lastStep.converged);
`;
const ESM = `
import * as ort from 'onnxruntime-node';
import { LBFGS } from 'lbfgs';
import { trainable } from 'lbfgs/onnx';
${TRAINING}`;
const CJS = `
const ort = require('onnxruntime-node');
const { LBFGS } = require('lbfgs');
const { trainable } = require('lbfgs/onnx');
void (async () => {${TRAINING}})();`;

describe('lbfgs/onnx in a program', () => {
  const tools = frameworks('programs with ONNX Runtime');
  if (tools === undefined) return;
  const folder = makeFolder();
  before(() => {
    installInto(folder);
    for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
      fs.symlinkSync(path.join(tools, 'node_modules', name), path.join(folder, 'node_modules', name));
    }
    fs.writeFileSync(path.join(folder, 'model.onnx'), writeModel(halfSquare(2)));
  });

  it('compiles under strict, without skipLibCheck, against the types of ONNX Runtime, as either kind of module', async () => {
    const files = ['typed.mts', 'typed.cts'];
    for (const file of files) fs.writeFileSync(path.join(folder, file), TYPED);
    const compilerOptions = {
      ...{
        strict: true,
        noEmit: true,
        module: 'nodenext',
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable', 'dom'],
      },
      ...{ types: ['node'], typeRoots: [path.join(ROOT, 'node_modules', '@types')], preserveSymlinks: true },
    };
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    assert.equal(await nodeIn(folder, path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')), '');
  });

  for (const [name, program] of Object.entries({ 'program.mjs': ESM, 'program.cjs': CJS })) {
    it(`trains from ${name}`, async () => {
      fs.writeFileSync(path.join(folder, name), program);
      assert.equal(await nodeIn(folder, name), '12.5 true');
    });
  }

  it('trains from a bundle with one copy of the package and of its binary', async () => {
    fs.writeFileSync(path.join(folder, 'entry.mjs'), ESM);
    const { metafile } = await build({
      absWorkingDir: folder,
      entryPoints: ['entry.mjs'],
      outfile: path.join(folder, 'bundle', 'bundle.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: [CONDITION],
      loader: { '.node': 'copy' },
      external: ['onnxruntime-node'],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      metafile: true,
    });
    const inputs = Object.keys(metafile.inputs).map((file) => path.basename(file));
    const theirs = inputs.filter((file) => /^(index|onnx)\.js$|\.node$/.test(file));
    assert.deepEqual(theirs.sort(), ['index.js', path.basename(PREBUILD), 'onnx.js']);
    assert.equal(await nodeIn(folder, path.join('bundle', 'bundle.mjs')), '12.5 true');
  });
});
