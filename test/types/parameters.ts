// Compile only: the type of a parameter's arrays, as its constructor's arguments tell it. `npm run lint` checks it.

import type { LBFGSError } from 'lbfgs';
import {
  LBFGS,
  Parameter,
  type Dtype,
  type ErrorCode,
  type FloatArray,
  type NestedNumbers,
  type ParameterInit,
  type ParameterLike,
} from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint, type CheckpointParameter } from 'lbfgs/safetensors';

/** Where values go that nobody looks at. */
export let unused: unknown;

export function inferred(): void {
  const numbers = new Parameter([1, 2]);
  const named = new Parameter([1, 2], { name: 'w', shape: [2] });
  const nested = new Parameter([[1], [2]], { dtype: 'float64' });
  const single = new Parameter([1, 2], { dtype: 'float32' });
  const wrapped64 = new Parameter(new Float64Array(2), { name: 'w' });
  const wrapped32 = new Parameter(new Float32Array(2));
  const doubles: Float64Array[] = [numbers.data, named.data, nested.data, wrapped64.data];
  const singles: Float32Array[] = [single.data, wrapped32.data];
  const gradients: (Float64Array | null)[] = [numbers.grad, wrapped64.grad];
  const singleGradient: Float32Array | null = single.grad;
  unused = [doubles, singles, gradients, singleGradient];

  // @ts-expect-error: float64 is no float32
  unused = numbers.data satisfies Float32Array;
  // @ts-expect-error: nor the other way round
  unused = single.data satisfies Float64Array;
  // @ts-expect-error: the gradient is as the data
  unused = wrapped32.grad satisfies Float64Array | null;
}

export function open(data: FloatArray, either: FloatArray | NestedNumbers, dtype: Dtype, init: ParameterInit): void {
  const wrapped: Parameter = new Parameter(data);
  const any = new Parameter(either);
  const chosen: FloatArray = new Parameter([1], { dtype }).data;
  const described: FloatArray = new Parameter([1], init).data;
  unused = [wrapped, any, chosen, described];

  // @ts-expect-error: it may be float32
  unused = new Parameter([1], { dtype }).data satisfies Float64Array;
  // @ts-expect-error: it may be float64
  unused = new Parameter(data).data satisfies Float32Array;
}

/** Values that may be numbers or an array have the type that both lead to. */
export function mixed(
  values: number[] | Float64Array,
  nested: number[][] | Float64Array,
  floats: number[] | FloatArray,
  json: any, // eslint-disable-line @typescript-eslint/no-explicit-any -- as JSON.parse returns it
  array: Float64Array<ArrayBuffer>,
): void {
  const doubles: Float64Array[] = [new Parameter(values).data, new Parameter(nested, { name: 'w' }).data];
  const open: FloatArray = new Parameter(floats).data;
  const kept: Float64Array<ArrayBuffer> = new Parameter(array).data;
  const parsed: Float64Array = new Parameter(json).data;
  unused = [doubles, open, kept, parsed];

  // @ts-expect-error: of what nothing is known, too, the array is one of floats
  unused = new Parameter(json).data satisfies string;
  // @ts-expect-error: it may be float32
  unused = new Parameter(floats).data satisfies Float64Array;
}

export function explicit(): void {
  const numbers: Parameter<Float64Array> = new Parameter<Float64Array>([1, 2]);
  const wrapped: Parameter<Float32Array> = new Parameter<Float32Array>(new Float32Array(2));
  unused = [numbers, wrapped];

  // @ts-expect-error: another array than was said
  unused = new Parameter<Float32Array>(new Float64Array(2));
  // @ts-expect-error: no array of floats
  unused = new Parameter<Int32Array>(new Int32Array(2));
}

export function generic<A extends Float64Array, B extends FloatArray>(a: A, b: B): [Parameter<A>, Parameter<B>] {
  return [new Parameter(a), new Parameter(b)];
}

/** As before there were types for the array: for its own class, its own functions, in lists. */
class Weights extends Parameter {
  readonly layer: number;
  constructor(size: number, layer: number) {
    super(new Float64Array(size), { name: `layer ${layer}` });
    this.layer = layer;
  }
}
class Doubles extends Parameter<Float64Array> {
  sum(): number {
    return this.data.reduce((total, value) => total + value, 0);
  }
}

function scaled<A extends FloatArray>(parameter: Parameter<A>, by: number): A {
  for (let index = 0; index < parameter.size; index++) parameter.data[index]! *= by;
  parameter.grad = [1];
  unused = parameter.grad?.length;
  return parameter.data;
}

export function compatible(value: unknown): ParameterLike[] {
  const params: Parameter[] = [new Parameter([1]), new Parameter(new Float32Array(1)), new Weights(2, 1)];
  const likes: ParameterLike[] = [...params, new Doubles([1, 2])];
  const checkpoint: CheckpointParameter = new Parameter([1]);
  const doubles: Float64Array = scaled(new Parameter([1, 2]), 3);
  if (value instanceof Parameter) unused = [value.data.length, value.grad?.length, value.shape];
  const made: InstanceType<typeof Parameter> = new Parameter([1]);
  const [optimizer] = [new LBFGS(likes)];
  unused = [checkpoint, doubles, new Doubles([1]).sum(), made, optimizer];

  const mixed: Parameter = new Parameter([1]);
  // @ts-expect-error: which of the two it is, is not known
  unused = mixed satisfies Parameter<Float64Array>;
  return likes;
}

export function codes(error: LBFGSError): ErrorCode {
  if (error.code === 'ERR_LBFGS_BUSY') return error.code;
  // @ts-expect-error: there is no such code
  unused = error.code === 'ERR_LBFGS_BUZY';
  const code: string = error.code;
  unused = code;
  return error.code;
}

export function metadata(bytes: Uint8Array, optimizer: LBFGS): string | undefined {
  const state = optimizer.stateDict();
  unused = encodeCheckpoint({ state, metadata: { epoch: '3' } });
  const decoded = decodeCheckpoint(bytes);
  unused = encodeCheckpoint(decoded);
  // @ts-expect-error: a number is no text
  unused = encodeCheckpoint({ state, metadata: { epoch: 3 } });
  const epoch: string | undefined = decoded.metadata?.['epoch'];
  return epoch;
}
