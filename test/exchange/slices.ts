// Checkpoints cut into the slices of several processes.

import type { FloatArray, LBFGSState, StateDict } from 'lbfgs';
import type { Checkpoint } from 'lbfgs/safetensors';

/** The checkpoint with its parameters as one, named `all`, as long as the vectors of the state. */
export function wholeOf({ state, parameters = {} }: Checkpoint): Checkpoint {
  const d = state.state[0]?.d;
  const values = Object.values(parameters).flatMap(({ data }) => [...data]);
  const all = d instanceof Float32Array ? Float32Array.from(values) : Float64Array.from(values);
  const group = { ...state.param_groups[0], params: [0] };
  return {
    state: { ...state, param_groups: [group] },
    ...(all.length > 0 && { parameters: { all: { data: all, shape: [all.length] } } }),
  };
}

const sizeOf = ({ state, parameters }: Checkpoint): number =>
  (state.state[0]?.d ?? parameters?.['all']?.data)?.length ?? 0;

/** One slice of the whole. */
export function shardOf(whole: Checkpoint, offset: number, size: number): Checkpoint {
  const cut = (values: FloatArray): FloatArray => values.slice(offset, offset + size);
  const state = whole.state.state[0] as Required<LBFGSState> | undefined;
  const vectors = state?.d && {
    d: cut(state.d),
    prev_flat_grad: cut(state.prev_flat_grad),
    old_dirs: state.old_dirs.map(cut),
    old_stps: state.old_stps.map(cut),
  };
  const dict: StateDict = { ...whole.state, state: state === undefined ? {} : { 0: { ...state, ...vectors } } };
  const parameters = Object.entries(whole.parameters ?? {}).map(
    ([name, { data }]) => [name, { data: cut(data) }] as const,
  );
  return { state: dict, parameters: Object.fromEntries(parameters), shard: { offset, size, total: sizeOf(whole) } };
}

/** The slices of these sizes, which make up the whole. */
export function cutInto(whole: Checkpoint, sizes: readonly number[]): Checkpoint[] {
  let offset = 0;
  return sizes.map((size) => {
    offset += size;
    return shardOf(whole, offset - size, size);
  });
}
