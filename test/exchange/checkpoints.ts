// Checkpoints of every kind of state, and the bytes of a checkpoint taken apart and put together again.

import { LBFGS, Parameter, type Dtype, type LBFGSOptions, type ParameterLike } from 'lbfgs';
import type { Checkpoint } from 'lbfgs/safetensors';
import { arrayOf, Model } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';

export interface Trained {
  readonly model: Model;
  readonly optimizer: LBFGS;
}

/** Rosenbrock of four variables in two parameters, after some steps. */
export function trained(steps: number, dtype: Dtype = 'float64', options: LBFGSOptions = {}): Trained {
  const model = new Model(extendedRosenbrock, [-1.2, 1, -1.2, 1], { dtype, cuts: [3, 1] });
  const optimizer = new LBFGS(model.params, { lineSearchFn: 'strong_wolfe', maxIter: 3, ...options });
  for (let step = 0; step < steps; step++) optimizer.step(model.closure);
  return { model, optimizer };
}

function checkpointOf({ model, optimizer }: Trained): Checkpoint {
  const [first, second] = model.params as [ParameterLike, ParameterLike];
  return { state: optimizer.stateDict(), parameters: { first, second } };
}

/** At the minimum: the gradient is zero, so that a step only evaluates. */
function evaluatedOnly(): Trained {
  const model = new Model(extendedRosenbrock, [1, 1]);
  const optimizer = new LBFGS(model.params);
  optimizer.step(model.closure);
  return { model, optimizer };
}

/** A parameter was added, and no iteration has been made since. */
function extended(): Checkpoint {
  const { optimizer } = trained(2);
  optimizer.addParamGroup({ params: [new Parameter([5, 6])] });
  return { state: optimizer.stateDict() };
}

function mixed(): Checkpoint {
  const params = [
    { data: new Float32Array([2]), grad: new Float32Array(1) },
    { data: new Float64Array([3]), grad: new Float64Array(1) },
  ];
  const optimizer = new LBFGS(params);
  optimizer.step(() => params.reduce((loss, { data, grad }) => loss + data[0]! * (grad[0] = data[0]!), 0));
  return { state: optimizer.stateDict(), parameters: { narrow: params[0]!, wide: params[1]! } };
}

const shapes: Checkpoint['parameters'] = {
  scalar: { data: new Float64Array([0.1]), shape: [] },
  matrix: { data: arrayOf('float32', [1, 2, 3, 4, 5, 6]), shape: [2, 3] },
  odd: { data: arrayOf('float32', [1, 2, 3]), shape: [3, 1] },
  empty: { data: new Float32Array(0), shape: [2, 0] },
  flat: { data: new Float64Array([NaN, -0, Infinity, 5e-324, -Number.MAX_VALUE]) },
};

const names: Checkpoint['parameters'] = Object.fromEntries(
  [
    '',
    '__proto__',
    '__metadata__',
    'constructor',
    'toString',
    '0',
    'layer.0.weight',
    'é"\\\n\u2028😀',
    'state.0.d',
  ].map((name, index) => [name, { data: new Float64Array([index]) }]),
);

/** Each of them says in a few words what it holds. */
export const CHECKPOINTS: Readonly<Record<string, () => Checkpoint>> = {
  'a fresh optimiser': () => checkpointOf(trained(0)),
  'a fresh optimiser alone': () => ({ state: trained(0).optimizer.stateDict() }),
  'a first evaluation': () => ({ state: evaluatedOnly().optimizer.stateDict() }),
  'one iteration, without pairs': () => checkpointOf(trained(1, 'float64', { maxIter: 1 })),
  'some steps in float64': () => checkpointOf(trained(3)),
  'some steps in float32': () => checkpointOf(trained(3, 'float32')),
  'fixed steps': () => checkpointOf(trained(3, 'float64', { lineSearchFn: null, lr: 1e-3 })),
  'a full history': () => checkpointOf(trained(3, 'float64', { historySize: 2 })),
  'an added parameter': extended,
  'float32 and float64 mixed': mixed,
  'parameters of many shapes': () => ({ state: trained(1).optimizer.stateDict(), parameters: shapes }),
  'parameters of odd names': () => ({ state: trained(1).optimizer.stateDict(), parameters: names }),
};

export interface Entry {
  dtype: unknown;
  shape: unknown;
  data_offsets: unknown;
}

export interface Parts {
  metadata: Record<string, string>;
  entries: Record<string, Entry>;
  data: Uint8Array;
  /** Where the data begins. */
  start: number;
  /** As it stands there, padding and all. */
  json: string;
}

/** What the bytes hold, read by the format's description alone. */
export function takeApart(bytes: Uint8Array): Parts {
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const json = new TextDecoder().decode(bytes.subarray(8, start));
  const { __metadata__: metadata, ...entries } = JSON.parse(json) as Record<string, Entry>;
  return { metadata: metadata as unknown as Record<string, string>, entries, data: bytes.slice(start), start, json };
}

export function putTogether({ metadata, entries, data }: Pick<Parts, 'metadata' | 'entries' | 'data'>): Uint8Array {
  return withHeader(JSON.stringify({ __metadata__: metadata, ...entries }), data);
}

export function withHeader(json: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const header = typeof json === 'string' ? new TextEncoder().encode(json) : json;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return Buffer.concat([length, header, data]);
}
