// What lbfgs/onnx uses of ONNX Runtime, in types that onnxruntime-node and onnxruntime-common fit.

/** A tensor of ONNX Runtime. */
export interface TensorLike {
  /** The type of its entries, such as `'float32'` or `'int64'`. */
  readonly type: string;
  /** Its sizes. */
  readonly dims: readonly number[];
}

/** The module `onnxruntime-node`, as far as it is used. */
export interface OrtLike<Tensor extends TensorLike = TensorLike> {
  /** The class of its tensors: `new Tensor(type, data, dims)`. */
  readonly Tensor: new (type: never, data: never, dims: never) => Tensor;
}

/** What a session says about one of its inputs or outputs. */
export interface ValueMetadataLike {
  /** Its name. */
  readonly name: string;
  /** The type of its entries. Absent if it is no tensor. */
  readonly type?: string;
  /** Its sizes, where text is the name of a size that may differ from run to run. Absent if it is no tensor. */
  readonly shape?: readonly (number | string)[];
}

/** An `InferenceSession` of ONNX Runtime, as far as it is used. */
export interface SessionLike {
  /** What the session says about its inputs, in order. */
  readonly inputMetadata: readonly ValueMetadataLike[];
  /** What the session says about its outputs. */
  readonly outputMetadata: readonly ValueMetadataLike[];
  /** Computes the outputs from the inputs, both by name. It writes into the tensors of `fetches`. */
  run(feeds: never, fetches: never): Promise<unknown>;
}

/** Numbers, or an object with numbers in `data` such as a parameter of a decoded checkpoint. */
export type InitialValues =
  ArrayLike<number> | { readonly data: ArrayLike<number>; readonly shape?: readonly number[] };
