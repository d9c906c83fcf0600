// What lbfgs/onnx uses of ONNX Runtime, in types that onnxruntime-node and onnxruntime-common fit.

/** A tensor of ONNX Runtime. */
export interface TensorLike {
  /** The type of its entries, such as `'float32'` or `'int64'`. */
  readonly type: string;
  /** Its sizes. */
  readonly dims: readonly number[];
}

/** The class of the tensors, whose constructor takes a type, the entries, which it does not copy, and the sizes. */
export type TensorClassLike<Tensor extends TensorLike = TensorLike> = new (
  type: never,
  data: never,
  dims: never,
) => Tensor;

/** The module `onnxruntime-node`, as far as it is used. */
export interface OrtLike<Tensor extends TensorLike = TensorLike> {
  /** The class of its tensors. */
  readonly Tensor: TensorClassLike<Tensor>;
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

/** Numbers with their shape, such as a parameter of a decoded checkpoint. */
export interface ShapedNumbers {
  /** The numbers, flat and row-major. */
  readonly data: ArrayLike<number>;
  /** Their sizes, which must be those of the input. If absent, only the number of entries is compared. */
  readonly shape?: readonly number[];
}

/** Initial values of a parameter: numbers, flat and row-major, without a shape or with one. */
export type InitialValues = ArrayLike<number> | ShapedNumbers;
