// The addon: the only file that reaches the binary and the only one that declares its shape.

// lib/addon.ts, or the binary itself where a bundler is told which one (package.json, "imports"; docs/bundlers.md).
import addon from '#addon';
import type { Dtype, FloatArray } from '../checks/arrays';
import { LBFGSError } from '../checks/errors';
import { LINE_SEARCHES } from '../options/line-searches';
import { AT, RECURSIONS, STATUSES } from './exchange';

/** wroteData: values have been written into the copies, for `deliver`. */
export type Settle = (error: Error | null, wroteData: boolean) => void;

/** One core optimiser. Nothing here runs user code; pointers to arrays are kept until they are mapped anew. */
export interface NativeOptimizer {
  /** The number by which `tell` finds the core. To find it by this object would take as long as a short step. */
  readonly handle: number;
  /** Points parameter `index` at its values, or, with null, keeps the core away from them. */
  mapData(index: number, array: FloatArray | null): void;
  /** Two parameters whose values share memory, the lower index first, or null. */
  overlappingData(): [number, number] | null;
  /**
   * Points parameter `index` at its gradient; null counts as zero. Returns the parameter whose values it shares memory
   * with, or -1.
   */
  mapGrad(index: number, array: FloatArray | null): number;

  // Each of these, and `tell` of the addon, runs the core to its next request, which is in the exchange block then.
  /** Starts a step with the options in the exchange block. */
  begin(reportIterations: boolean): void;
  /** Answers `iteration`: whether to go on. */
  proceed(goOn: boolean): void;
  // `reduce` is asked for by a core that was made for parameters of which other processes hold a part too.
  /**
   * Fills `numbers`, which may be longer, with what `reduce` wants to be combined: as many sums as `added` says, then
   * `largest` maxima.
   */
  readSums(numbers: Float64Array): void;
  /** Answers `reduce`: these numbers in the same order, combined with those of the other processes. */
  reduced(numbers: Float64Array): void;

  // On another thread: `fetch` copies the arrays, the core works on the copies, `deliver` copies the values back. Any
  // other call waits until that work has run.
  /** Copies entries [at, at + size) of all parameters together: the mapped values, the mapped gradients. */
  fetch(at: number, size: number, data: boolean, gradients: boolean): void;
  /**
   * `begin` on another thread; `settle` is called when the core has a request.
   */
  beginAsync(reportIterations: boolean, settle: Settle): void;
  /** `tell` on another thread. */
  tellAsync(settle: Settle): void;
  /** `proceed` on another thread. */
  proceedAsync(goOn: boolean, settle: Settle): void;
  /** `reduced` on another thread; the numbers are read now. */
  reducedAsync(numbers: Float64Array, settle: Settle): void;
  /** The mapped values <- their copies, entries [at, at + size). */
  deliver(at: number, size: number): void;

  /** Ends the step at the last accepted point. `status` indexes STATUSES. */
  cancel(status: number): void;
  /**
   * As `cancel` where a step is in progress, whatever has become of the arrays: `mapped` are those that mapData was
   * given. Runs no JavaScript, so that it works where the stack is exhausted.
   */
  rollBack(status: number, mapped: readonly (FloatArray | undefined)[]): void;
  /** Writes the accepted gradient into the mapped gradients. */
  writeGradient(): void;

  /** Fills `numbers` with the last line search (lib/step/search-failure.ts); returns the number of its trials. */
  readSearch(numbers: Float64Array): number;

  /** Writes the scalars of the state, as of the last completed iteration, into the exchange block. */
  readState(): void;
  /** Fills x; true where the last move, which began there, was never evaluated. */
  exportPoint(x: FloatArray): boolean;
  /**
   * Fills d and prev_flat_grad and returns the slope, d . prev_flat_grad; only where nIter > 0. Arrays of the computing
   * dtype and the full size, as all below.
   */
  exportVectors(d: FloatArray, prevFlatGrad: FloatArray): number;
  /** Fills pair `age`, 0 the oldest, and returns its ro. */
  exportPair(age: number, s: FloatArray, y: FloatArray): number;
  /** Whether there is memory for the history of the options, in the exchange block. */
  checkHistory(): void;
  /**
   * Replaces the state by that of the exchange block, with these vectors where nIter > 0 and without pairs, and forgets
   * the arrays. Where there is no memory for the history of the options, nothing has changed; loadPair() needs none
   * after it.
   */
  load(d: FloatArray, prevFlatGrad: FloatArray): void;
  /** Appends a pair, the oldest first. */
  loadPair(s: FloatArray, y: FloatArray, ro: number): void;
  /**
   * Fills a new optimiser, its values mapped: the state of the one with this handle, whose parameters come first here;
   * entries of others are 0.
   */
  extend(handle: number): void;
  /** Another region for an optimiser that was made with one. */
  setRegion(region: readonly (number | Float64Array)[]): void;
  /** Forgets the state and the arrays: what is left is as if newly made. */
  reset(): void;
  /** Frees everything native; every method throws afterwards. */
  dispose(): void;
}

/**
 * This process as a rank of an MPI job, native/binding/mpi.cpp; on the main thread only. Functions that return a string
 * or undefined return what went wrong.
 */
export interface NativeMpi {
  /** Loads an MPI library. */
  open(path: string): string | undefined;
  /** Initialises MPI. timeout: in milliseconds, 0 for none. piece: the most entries that one call of MPI is given. */
  connect(timeout: number, piece: number): string | [abi: 'mpich' | 'openmpi' | 'standard', rank: number, size: number];
  /** An operation, `kind` indexes KINDS of lib/adapters/mpi-operations.ts; returns when it has ended. */
  run(
    kind: number,
    input: Float64Array | undefined,
    output: Float64Array | undefined,
    root: number,
  ): string | undefined;
  /** As `run`, on copies of the arrays and on another thread; `settle` is called when `output` has the result. */
  start(
    kind: number,
    input: Float64Array | undefined,
    output: Float64Array | undefined,
    root: number,
    settle: (fault: string | undefined) => void,
  ): string | undefined;
  /** Waits until all ranks leave, and finalises MPI. */
  leave(): string | undefined;
  /** Ends the processes of all ranks; returns only where MPI is not in use. */
  abort(code: number, reason: string): void;
  /** Says with which code the process is about to end, for the job then ends with the same one. */
  exitWith(code: number): void;
}

/** What the binary exports. */
export interface NativeBinding {
  /** The names behind the numbers that are exchanged, in their order. */
  readonly layout: string;
  /** What the kernels run on: `'avx512'`, `'avx2'` or `'baseline'`. */
  readonly instructionSet: string;
  /** region: lower, upper and weights, for one float64 parameter; the addon keeps the arrays. */
  NativeOptimizer: new (
    sizes: number[],
    dtypes: Dtype[],
    exchange: Float64Array,
    region?: readonly (number | Float64Array)[],
  ) => NativeOptimizer;
  /**
   * Answers `evaluate`: takes the loss from the exchange block, reads the mapped gradients, writes the next point into
   * the mapped values.
   */
  tell(handle: number): void;
  /** The bytes of an optimiser whose history is full. `async`: with the copies that `fetch` makes. */
  estimateMemory(
    size: number,
    dtype: Dtype,
    historySize: number,
    historyDtype: Dtype,
    threads: number,
    async: boolean,
  ): number;
  /** Whether every entry is finite. */
  allFinite(array: FloatArray): boolean;
  /** out = x + h v */
  perturb(x: Float64Array, h: number, v: Float64Array, out: Float64Array): void;
  /** a . b */
  dot(a: Float64Array, b: Float64Array): number;
  /** v[i] = +-max(1, |x[i]|) in [from, to), 0 elsewhere; the signs follow from the seed. */
  fillDirection(v: Float64Array, x: Float64Array, seed: number, from: number, to: number): void;
  /** Not on Windows, where lbfgs/mpi refuses to connect. */
  readonly mpi: NativeMpi;
}

export const native: NativeBinding = checked(addon);

/** The binary, if it exchanges the numbers that this file names. */
function checked(binding: NativeBinding): NativeBinding {
  const fields: string[] = [];
  for (const [field, at] of Object.entries(AT)) fields[at] = field;
  const layout = [...fields, ...STATUSES, ...RECURSIONS, ...LINE_SEARCHES].join(' ');
  if (binding.layout === layout) return binding;
  throw new LBFGSError(
    'ERR_LBFGS_NATIVE',
    'Expected a native addon of this version of lbfgs but received one of another; install the package again, or build it again in a clone',
  );
}
