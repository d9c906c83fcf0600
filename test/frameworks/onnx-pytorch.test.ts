// Models that examples/pytorch/export_training.py has exported with Debian's torch, trained here as torch trains them there.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { LBFGS } from 'lbfgs';
import { trainable, type Trainable } from 'lbfgs/onnx';
import { decodeCheckpoint } from 'lbfgs/safetensors';
import { makeFolder } from '../consumers/consumer';
import { hasTorch, runPython } from '../exchange/torch';
import { checkGradientAsync } from './asynchronous-check';
import { onnxRuntime, ONE_THREAD, type Tensor } from './onnx-graphs';

interface Described {
  type: 'float32' | 'float64' | 'int64';
  shape: number[];
  values: number[];
}

/** What torch computes for a model. */
interface Report {
  losses: number[];
  gradients: Record<string, number[]>;
  data: Record<string, Described>;
  outputs: Described;
}

interface Output {
  reports: Record<string, Report>;
  refusals: Record<string, string | null>;
  files: string[];
  resumed: Pick<Report, 'losses' | 'data'>;
}

const NAMES = [
  'tanh',
  'gelu',
  'logistic',
  'robust',
  'images',
  'tied',
  'lstm',
  'gru',
  'words',
  'attention',
  'upscaling',
];

describe('a model of PyTorch in ONNX Runtime', () => {
  const runtime = onnxRuntime('models of PyTorch in ONNX Runtime');
  if (runtime === undefined) return;
  if (!hasTorch()) {
    console.log('    left out: models of PyTorch in ONNX Runtime (Debian: apt-get install python3-torch)');
    return;
  }
  const ort = runtime;
  const folder = makeFolder();
  let output: Output;
  before(() => {
    const text = runPython([path.join(__dirname, 'onnx_models.py'), folder], '');
    assert.ok(text !== undefined);
    output = JSON.parse(text) as Output;
  });

  function tensorOf({ type, shape, values }: Described): Tensor {
    if (type === 'int64') return new ort.Tensor(type, BigInt64Array.from(values, BigInt), shape);
    const ArrayOf = type === 'float32' ? Float32Array : Float64Array;
    return new ort.Tensor(type, ArrayOf.from(values), shape);
  }

  function sessionOf(name: string): ReturnType<typeof ort.InferenceSession.create> {
    // SiLU in float64 is fused into an operator that has no kernel for it, unless the optimisations are basic ones.
    const options = name === 'logistic-outputs' ? { ...ONE_THREAD, graphOptimizationLevel: 'basic' } : ONE_THREAD;
    return ort.InferenceSession.create(path.join(folder, `${name}.onnx`), options);
  }

  /** The model, and its closure. */
  async function open(name: string): Promise<Trainable<Tensor> & { evaluate: () => Promise<number>; report: Report }> {
    const { parameters } = decodeCheckpoint(fs.readFileSync(path.join(folder, `${name}.safetensors`)));
    const model = trainable(ort, await sessionOf(name), parameters);
    const report = output.reports[name]!;
    const data = Object.fromEntries(Object.entries(report.data).map(([key, value]) => [key, tensorOf(value)]));
    const closure = model.closure(data);
    return { ...model, report, evaluate: async () => closure({}) };
  }

  /** The losses of the step that onnx_models.py makes in torch. */
  async function lossesOf(model: Awaited<ReturnType<typeof open>>): Promise<number[]> {
    const losses: number[] = [];
    const optimizer = new LBFGS(model.parameters, { maxIter: 25, historySize: 10, lineSearchFn: 'strong_wolfe' });
    await optimizer.stepAsync(async () => {
      const loss = await model.evaluate();
      losses.push(loss);
      return loss;
    });
    return losses;
  }

  function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
    assert.equal(found.length, wanted.length);
    const scale = Math.max(...Array.from(wanted, Math.abs), 1e-30);
    for (let index = 0; index < wanted.length; index++) {
      const off = Math.abs(found[index]! - wanted[index]!) / scale;
      assert.ok(off <= tolerance, `${found[index]} is not ${wanted[index]} at ${index}`);
    }
  }

  it('is tried with all the models that were exported', () => {
    assert.deepEqual(Object.keys(output.reports), NAMES);
    const files = NAMES.flatMap((name) => [`${name}-outputs.onnx`, `${name}.onnx`, `${name}.safetensors`]);
    assert.deepEqual(output.files, files.sort());
  });

  for (const name of NAMES) {
    it(`has torch's first loss, gradients and outputs: ${name}`, async () => {
      const model = await open(name);
      const { report, parameters } = model;
      const tolerance = parameters[0]!.dtype === 'float32' ? 2e-5 : 1e-9; // Sigmoid of ONNX Runtime has 12 digits
      assertClose([await model.evaluate()], report.losses.slice(0, 1), tolerance);
      assert.deepEqual(
        parameters.map((parameter) => parameter.name),
        Object.keys(report.gradients),
      );
      const scale = Math.max(...Object.values(report.gradients).flat().map(Math.abs));
      for (const parameter of parameters) {
        const wanted = report.gradients[parameter.name!]!;
        assertClose([...parameter.grad!, scale], [...wanted, scale], tolerance);
      }
      const session = await sessionOf(`${name}-outputs`);
      const x = tensorOf(Object.values(report.data)[0]!);
      const outputs = await session.run({ ...model.feeds, x });
      assertClose(outputs['output']!.data as Float64Array, report.outputs.values, tolerance);
    });
  }

  it("has torch's loss to 1e-9 at every evaluation of a step in float64", async () => {
    const model = await open('tanh');
    const losses = await lossesOf(model);
    assert.equal(losses.length, model.report.losses.length);
    assert.ok(losses.length > 25);
    for (const [index, loss] of losses.entries()) assertClose([loss], [model.report.losses[index]!], 1e-9);
  });

  it('makes as many evaluations as torch in float32, with GELU and LayerNorm', async () => {
    const model = await open('gelu');
    const losses = await lossesOf(model);
    assert.equal(losses.length, model.report.losses.length);
    assert.ok(losses.at(-1)! < 1e-3 * losses[0]!);
  });

  it('goes on where torch stopped, with the state of the optimiser', async () => {
    const { losses: wanted, data } = output.resumed;
    const { parameters, state } = decodeCheckpoint(fs.readFileSync(path.join(folder, 'resumed.safetensors')));
    const model = trainable(ort, await sessionOf('resumed'), parameters);
    const closure = model.closure(Object.fromEntries(Object.entries(data).map(([key, each]) => [key, tensorOf(each)])));
    const optimizer = new LBFGS(model.parameters);
    optimizer.loadStateDict(state);
    const losses: number[] = [];
    await optimizer.stepAsync(async () => {
      losses.push(await closure({}));
      return losses.at(-1)!;
    });
    assert.equal(losses.length, wanted.length);
    assert.ok(losses.length > 4);
    for (const [index, loss] of losses.entries()) assertClose([loss], [wanted[index]!], 1e-9);
  });

  for (const name of ['tanh', 'gru']) {
    it(`has gradients that checkGradient agrees with: ${name}`, async () => {
      const model = await open(name);
      const check = await checkGradientAsync(model.parameters, model.evaluate);
      assert.ok(check.ok, JSON.stringify(check));
    });
  }

  it('is refused by the export if L-BFGS cannot train it, in a sentence', () => {
    const { unknown, ...others } = output.refusals;
    assert.deepEqual(others, {
      dropout: 'two evaluations give different losses; call model.eval() first, for Dropout',
      'batch norm': 'each evaluation changes the buffer 1.running_mean; call model.eval() first, for BatchNorm',
      many: 'the loss must be one number, such as a mean, but is shape [8, 2]',
      number: 'the loss must be one number, such as a mean, but is float',
      frozen: 'the model has no parameter that requires a gradient',
      half: 'weight is torch.bfloat16, not torch.float32 or torch.float64',
      'too many data': 'example has 2 tensors, but the function takes the model and 1',
      indexed: 'indexing by a tensor has no exported gradient; use torch.gather or F.embedding',
    });
    assert.match(unknown ?? '', /^torch 1\.13\S* cannot export this model, a newer torch may: .*svd/);
  });
});
