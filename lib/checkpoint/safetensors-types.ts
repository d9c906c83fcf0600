// What a checkpoint holds, to be encoded and as it is decoded.

import type { FloatArray } from '../checks/arrays';
import type { StateDict } from '../state/state-dict';

/** Values that are stored beside the state. A `Parameter` is one. */
export interface CheckpointParameter {
  /** The values in row-major order. */
  readonly data: FloatArray;
  /** Sizes whose product is the length of `data`. If absent, there is one dimension. */
  readonly shape?: readonly number[];
}

/** A slice of the parameters of all processes, concatenated. */
export interface Shard {
  /** How many entries come before it, an integer >= 0. */
  readonly offset: number;
  /** Its own number of entries, an integer >= 0. Default: that of the state's vectors, or else of the parameters. */
  readonly size?: number;
  /** The number of entries of all slices together, an integer >= 0. */
  readonly total: number;
}

/** A range of the entries of all parameters, concatenated. */
export interface ShardRange {
  /** How many entries come before it, an integer >= 0. */
  readonly offset: number;
  /** Its number of entries, an integer >= 0. */
  readonly size: number;
}

/** The content of a checkpoint. */
export interface Checkpoint {
  /** The state dict that `stateDict()` returns. */
  state: StateDict;
  /** The parameters by name. */
  parameters?: Readonly<Record<string, CheckpointParameter>> | undefined;
  /** Text of your own by name, well-formed Unicode: such as an epoch, a seed or a version of the data. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Where the parameters are shared by several processes: which slice this is. Each process encodes its own, and
   * `assembleShards` puts them together. The parameters then must have one dimension and as many entries as the slice.
   */
  shard?: Shard | undefined;
}

/** Values that were stored beside the state. */
export interface DecodedParameter extends Required<CheckpointParameter> {
  /** The values in row-major order. */
  readonly data: FloatArray & Readonly<Record<'buffer', ArrayBuffer>>;
}

/** The content of a decoded checkpoint. Every array is new and has its own memory. */
export interface DecodedCheckpoint {
  /** A state dict for `loadStateDict()`. */
  state: StateDict;
  /** The parameters by name, in the order of the header; empty if there are none. */
  parameters: Record<string, DecodedParameter>;
  /** The text that `encodeCheckpoint` received, by name; absent if there was none. */
  metadata?: Record<string, string>;
  /** Which slice it is; absent unless the checkpoint is a shard. */
  shard?: Required<Shard>;
}
