// What this package uses of TensorFlow.js, as structural types: nothing of it is imported.

/** A tensor, as far as it is used here. */
export interface TensorLike {
  /** The sizes. */
  readonly shape: readonly number[];
  /** The number of dimensions. */
  readonly rank: number;
  /** The number of entries. */
  readonly size: number;
  /** `'float32'`, `'int32'`, … */
  readonly dtype: string;
  /** Stands for the memory of the values. It is another object after each assignment to a variable. */
  readonly dataId: object;
  /** Whether the tensor has been disposed. */
  readonly isDisposed: boolean;
  /** Whether `tf.keep` protects it from `tf.tidy`. */
  kept: boolean;
  /** The scope that disposes it. */
  scopeId: number;
  /** The values, which may be the memory of the backend itself. */
  dataSync(): ArrayLike<number>;
  /** The values, once they are there. */
  data(): Promise<ArrayLike<number>>;
  /** Frees the memory. */
  dispose(): void;
}

/** A `tf.Variable`. */
export interface VariableLike extends TensorLike {
  /** The name, which no other variable has. */
  readonly name: string;
  /** Whether optimisers may change it. */
  readonly trainable: boolean;
  /** Takes the memory of another tensor of the same shape and dtype. */
  assign(value: TensorLike): void;
}

/** A loss and its gradients, by the names of the variables. */
export interface Evaluation {
  /** The loss. */
  readonly value: TensorLike;
  /** The gradients. A variable that the loss does not depend on has none. */
  readonly grads: Readonly<Record<string, TensorLike | null>>;
}

/** A tensor with a name, as optimisers save their state. */
export interface NamedTensorLike {
  /** The name. */
  name: string;
  /** The tensor. */
  tensor: TensorLike;
}

/** What `tf.tidy` opens. */
export interface ScopeLike {
  /** The number of the scope. */
  readonly id: number;
  /** The tensors that are disposed when the scope ends, unless they are kept. */
  readonly track: TensorLike[];
}

/** What `tf.engine()` returns. */
export interface EngineLike {
  /** All variables by name. */
  readonly registeredVariables: Readonly<Record<string, VariableLike>>;
  /** The scopes and the tape. */
  readonly state: {
    /** The innermost scope. */
    readonly activeScope: ScopeLike | null;
    /** How many gradients are being computed. */
    readonly gradientDepth: number;
    /** The operations that a gradient is made from. */
    activeTape: { readonly saved?: TensorLike[] }[];
  };
  /** Opens a scope. */
  startScope(): void;
  /** Ends the innermost scope; the tensors in `result` stay. */
  endScope(result?: unknown): void;
}

/** An instance of `tf.Optimizer`. */
export interface OptimizerLike {
  /** The loss and its gradients. */
  computeGradients(f: () => TensorLike, variables?: VariableLike[]): unknown;
  /** Frees what the optimiser owns. */
  dispose(): void;
}

/** A `tf.LayersModel`, as a callback sees it. */
export interface ModelLike {
  /** `fit` ends after this epoch if it is true. */
  stopTraining: boolean;
}

/** An instance of `tf.Callback`. */
export interface CallbackLike {
  /** The model that is being trained. */
  model: object;
}

/**
 * TensorFlow.js, as a program imports it: `@tensorflow/tfjs`, `@tensorflow/tfjs-node`, or `@tensorflow/tfjs-core` with
 * `@tensorflow/tfjs-layers` imported as well, which brings the gradients.
 */
export interface TensorFlowLike {
  /** The class of optimisers. */
  readonly Optimizer: abstract new () => OptimizerLike;
  /** The class of callbacks; tfjs-core has none. */
  readonly Callback?: abstract new () => CallbackLike;
  /** How models find their optimiser's class when they are loaded. */
  readonly serialization: {
    /** Makes a class known. */
    registerClass(constructor: SerializableClass): unknown;
  };
  /** The engine. */
  engine(): EngineLike;
  /** A new tensor, which may keep the array. */
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): TensorLike;
  /** The loss and its gradients. */
  variableGrads(f: () => TensorLike, variables?: VariableLike[]): Evaluation;
}

/** The options of an optimiser, as JSON has them. */
export type Config = Record<string, string | number | boolean | null>;

/** What a model asks of its optimiser when it is saved. */
export interface SerializableLike {
  /** The name of its class. */
  getClassName(): string;
  /** Its options. */
  getConfig(): Config;
}

/** A class that a stored model can name. */
export interface SerializableClass {
  /** Makes an instance from its options. */
  new (config: Config): SerializableLike;
  /** The name. */
  readonly className: string;
  /** Makes an instance from its options as a model has stored them. */
  readonly fromConfig: (constructor: never, config: never) => SerializableLike;
}
