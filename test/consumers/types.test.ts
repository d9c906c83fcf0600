// The types as the oldest TypeScript that they are for reads them, and the newest ones: those of all entry points, that none of them is any,
// and that the arrays which the package makes may go where only memory that is not shared may go.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { installInto, makeFolder, nodeIn, ROOT, sideTools } from './consumer';

const PROGRAM = `
import { dataParallel, LBFGS, Parameter, minimize, minimizeAsync } from 'lbfgs';
import type { Communicator, FloatArray, StateDict } from 'lbfgs';
import { minimize as minimizeTree, type JaxLike } from 'lbfgs/jax';
import { trainable, type OrtLike, type SessionLike } from 'lbfgs/onnx';
import { assembleShards, decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
import { loadShards, saveShards } from 'lbfgs/shards';
import { eventFileHeader, iterationEvent } from 'lbfgs/tensorboard';
import { lbfgs, minimize as minimizeVariables, type TensorFlowLike } from 'lbfgs/tfjs';
import { createShards, type ShardSetup } from 'lbfgs/workers';
const weights = new Parameter([1, 2]);
const optimizer = new LBFGS([weights]);
const bytes = encodeCheckpoint({ state: optimizer.stateDict(), parameters: { weights } });
const { parameters } = decodeCheckpoint(bytes);
const result = minimize((x, gradient) => { gradient[0] = x[0]!; return x[0]! ** 2 / 2; }, [1]);
void minimizeAsync(() => 0, [1]).then(({ x }) => new Blob([x]));
const { port1 } = new MessageChannel();
port1.postMessage(bytes, [bytes.buffer]);
port1.postMessage(result, [result.x.buffer, result.gradient.buffer]);
for (const { data } of Object.values(parameters)) port1.postMessage(data, [data.buffer]);
const sent = [new Blob([bytes]), new Response(bytes), crypto.subtle.digest('SHA-256', bytes), new Blob([result.x])];
const plain: Uint8Array = bytes;
const vectors: Float64Array[] = [result.x, result.gradient];
const state: StateDict = optimizer.stateDict();
const data: FloatArray = weights.data;
// @ts-expect-error: there are types, not any
const wrong: string = result.x;
export { sent, plain, vectors, state, data, wrong };

declare const [tf, jax, ort, session]: [TensorFlowLike, JaxLike, OrtLike, SessionLike];
const events = [eventFileHeader(), iterationEvent({ iteration: 0, loss: 1, gradNorm: 1 })];
for (const event of events) port1.postMessage(event, [event.buffer]);
export const blob = new Blob(events);
export const setup: ShardSetup<Float64Array> = ({ data }) => (x, gradient) => (gradient.set(x), data[0]!);
void createShards({ module: new URL('file:///shard.mjs'), length: 1 }).then(async (shards) => {
  const { x } = await minimizeAsync(shards.evaluate, [1]);
  await new LBFGS([weights]).stepAsync(shards.closure([weights]));
  await shards[Symbol.asyncDispose]();
  // @ts-expect-error
  const wrong: string = await shards.evaluate(x, x);
});
const { parameters: trained, closure } = trainable(ort, session, { 'p.w': [1] });
void new LBFGS(trained).stepAsync(closure());
// @ts-expect-error
export const wrongParameters: string = trained;
const trainer = lbfgs(tf, { noisyLoss: 'ignore' });
trainer[Symbol.dispose]();
// @ts-expect-error
export const wrongTrainer: string = trainer.lastStep;
// @ts-expect-error
export const wrongLoss: string = minimizeVariables(tf, () => tf.tensor(new Float32Array(1), [], 'float32'), []).loss;
const { params } = minimizeTree(jax, ([leaf]: { dataSync(): unknown }[]) => leaf!, [{ dataSync: () => [1] }]);
// @ts-expect-error
export const wrongTree: string = params;
declare const comm: Communicator;
optimizer.step(dataParallel(comm, [weights], () => 1));
void optimizer.stepAsync(dataParallel(comm, [weights], async ({ signal }) => Number(signal?.aborted)));
void saveShards('folder', comm, { state, parameters: { weights } }).then(() => loadShards('folder', null, 2));
// @ts-expect-error
export const wrongState: string = assembleShards([bytes], { offset: 0, size: 1 }).state;
`;
const VERSIONS: Readonly<Record<string, string>> = {
  '5.2': 'typescript-5.2',
  '5.6': 'typescript-5.6',
  '5.9': 'typescript-5.9',
  '7': 'typescript-7',
};
/** A compilation takes seconds, so few versions are tried for both. */
const PROJECTS: Readonly<Record<string, { files: string[]; options: object; versions: RegExp }>> = {
  'modules of Node': { files: ['a.mts', 'a.cts'], options: { module: 'nodenext' }, versions: /./ },
  'a bundler': { files: ['a.ts'], options: { module: 'esnext', moduleResolution: 'bundler' }, versions: /^(5\.2|7)$/ },
};

describe('the types', () => {
  const tools = sideTools('typescripts', 'the types under older and newer TypeScripts');
  if (tools === undefined) return;
  const compilers = { 'this repository’s': path.join(ROOT, 'node_modules', 'typescript') };
  for (const [version, name] of Object.entries(VERSIONS)) {
    Object.assign(compilers, { [version]: path.join(tools, 'node_modules', name) });
  }

  const folder = makeFolder();
  before(() => {
    installInto(folder);
  });

  for (const [version, compiler] of Object.entries(compilers)) {
    for (const [name, { files, options, versions }] of Object.entries(PROJECTS)) {
      if (!versions.test(version)) continue;
      it(`are read by TypeScript ${version} for ${name}, to the last line`, async () => {
        const strict = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', types: [] };
        const compilerOptions = { ...strict, lib: ['es2022', 'dom'], ...options };
        for (const file of files) fs.writeFileSync(path.join(folder, file), PROGRAM);
        fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
        assert.equal(await nodeIn(folder, path.join(compiler, 'bin', 'tsc')), '');
      });
    }
  }

  it('are for the versions that docs/installing.md names, the oldest and the newest of which are tried here', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'installing.md'), 'utf8');
    assert.match(text, /TypeScript 5\.2 is the oldest/);
    for (const [version, compiler] of Object.entries(compilers)) {
      const manifest = JSON.parse(fs.readFileSync(path.join(compiler, 'package.json'), 'utf8')) as { version: string };
      if (/^\d/.test(version)) assert.ok(manifest.version.startsWith(`${version}.`), manifest.version);
    }
  });
});
