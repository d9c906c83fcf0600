// Writes ONNX graphs by hand, so that most tests of lbfgs/onnx need no Python: protobuf messages, as onnx.proto3 numbers their fields.

/** ONNX's numbers for the types of entries. */
export const ELEMENTS = { float32: 1, int32: 6, int64: 7, float16: 10, float64: 11 } as const;
export type Element = keyof typeof ELEMENTS;

/** An input or an output; text in a shape is a size that may differ from run to run. */
export interface Value {
  name: string;
  type: Element;
  shape: readonly (number | string)[];
}

type Attribute = number | readonly number[];

export interface Node {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
}

/** A tensor that is part of the graph. */
export interface Constant {
  name: string;
  type: Element;
  shape: readonly number[];
  data: Float32Array | Float64Array | BigInt64Array;
}

export interface Graph {
  inputs: readonly Value[];
  outputs: readonly Value[];
  nodes: readonly Node[];
  constants?: readonly Constant[];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

const integer = (field: number, value: number): Buffer => Buffer.from([...varint(field << 3), ...varint(value)]);

function bytes(field: number, content: Uint8Array | string): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(body.length)]), body]);
}

const message = (field: number, ...parts: readonly Buffer[]): Buffer => bytes(field, Buffer.concat(parts));

function attribute(name: string, value: Attribute): Buffer {
  const [field, kind] = typeof value === 'number' ? [3, 2] : [8, 7];
  const values = [value].flat().map((each) => integer(field, each));
  return message(5, bytes(1, name), ...values, integer(20, kind));
}

function node({ op, inputs, outputs, attributes = {} }: Node): Buffer {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

function value(field: number, { name, type, shape }: Value): Buffer {
  const sizes = shape.map((size) => message(1, typeof size === 'string' ? bytes(2, size) : integer(1, size)));
  return message(field, bytes(1, name), message(2, message(1, integer(1, ELEMENTS[type]), message(2, ...sizes))));
}

function constant({ name, type, shape, data }: Constant): Buffer {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const sizes = shape.map((size) => integer(1, size));
  return message(5, ...sizes, integer(2, ELEMENTS[type]), bytes(8, name), bytes(9, raw));
}

/** The bytes of a model file with this graph, for opset 17. */
export function writeModel({ inputs, outputs, nodes, constants = [] }: Graph): Uint8Array {
  const graph = message(
    7,
    ...nodes.map(node),
    bytes(2, 'graph'),
    ...constants.map(constant),
    ...inputs.map((input) => value(11, input)),
    ...outputs.map((output) => value(12, output)),
  );
  return Buffer.concat([integer(1, 8), bytes(2, 'lbfgs'), graph, message(8, bytes(1, ''), integer(2, 17))]);
}
