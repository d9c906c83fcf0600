// The one connection of this process to MPI: how it begins, and how it ends with the process.

import { isMainThread } from 'node:worker_threads';
import { LBFGSError } from '../index';
import { describe, rangeError, typeError } from '../checks/errors';
import { isRecord, pick } from '../checks/own';
import { mismatch, refuseArgument, wrongType } from '../checks/refusals';
import { native } from '../native/native';
import { launcherOf, librariesFor, mismatchOf } from './mpi-libraries';

const { mpi } = native;

/** In milliseconds: ten minutes, longer than ranks should ever wait for each other. */
const TIMEOUT = 600_000;
/**
 * One GiB of float64. The counts of MPI go up to 2^31 - 1, but some libraries multiply them by the 8 bytes of an entry.
 */
const LONGEST_PIECE = 2 ** 27;
const NAMES = ['library', 'timeout', 'pieceLength'] as const;

export const mpiError = (message: string): LBFGSError => new LBFGSError('ERR_LBFGS_MPI', message);

/** The error of an operation or of `finalize` that failed. */
export function faultOf(name: string, fault: string): LBFGSError {
  return mpiError(fault.startsWith('Expected') ? fault : `Expected ${name} to succeed but received: ${fault}`);
}

/** The options of `connect`, checked. */
export interface Settings {
  readonly library: string | undefined;
  /** In milliseconds; 0: no limit. */
  readonly timeout: number;
  readonly pieceLength: number;
}

export function checkConnectOptions(options: unknown): Settings {
  if (!isRecord(options)) throw wrongType('an object', 'the options of connect', options);
  const other = Object.keys(options).find((name) => !NAMES.some((known) => known === name));
  if (other !== undefined) {
    const message = mismatch('a known option', 'connect', other, '; it knows library, timeout');
    throw typeError('ERR_LBFGS_UNKNOWN_OPTION', message);
  }
  const { library, timeout = TIMEOUT, pieceLength = LONGEST_PIECE } = pick(options, NAMES);
  if (library !== undefined && (typeof library !== 'string' || library === '')) {
    throw refuseArgument('string', 'the name or the path of an MPI library', 'library', library);
  }
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw refuseArgument('number', 'a number of milliseconds >= 0', 'timeout', timeout);
  }
  return { library, timeout: timeout === Infinity ? 0 : timeout, pieceLength: pieceLength as number };
}

/** The libraries to try, and where their names are from. */
function candidates(library: string | undefined): readonly [names: readonly string[], source: string] {
  if (library !== undefined) return [[library], 'the option library'];
  const { LBFGS_MPI_LIBRARY: variable } = process.env;
  if (variable !== undefined && variable !== '') return [[variable], 'LBFGS_MPI_LIBRARY'];
  const launcher = launcherOf(process.env);
  return [librariesFor(launcher, process.platform), launcher?.variable ?? 'no launcher'];
}

/** Loads the first library that can be loaded; returns its name. */
function load(library: string | undefined): string {
  const [names, source] = candidates(library);
  if (process.platform === 'win32') throw mpiError('Expected Linux or macOS for lbfgs/mpi but received Windows');
  const faults: string[] = [];
  for (const name of names) {
    const fault = mpi.open(name);
    if (fault === undefined) return name;
    faults.push(fault.includes(name) ? fault : `${name}: ${fault}`);
  }
  throw mpiError(
    `Expected an MPI library but could not load one (tried because of ${source}: ${faults.join('; ')}). Install Open MPI ` +
      'or MPICH, or name its library in LBFGS_MPI_LIBRARY or in the option library',
  );
}

/** MPI in this process. */
export class Connection {
  readonly library: string;
  readonly abi: 'mpich' | 'openmpi' | 'standard';
  readonly rank: number;
  readonly size: number;
  #ended = false;
  #hasLeft = false;

  /** Loads and initialises MPI. To be called once in a process. */
  constructor({ library, timeout, pieceLength }: Settings) {
    // UCX, the transport of some builds of MPICH, would replace V8's handler of SIGSEGV, which WebAssembly needs, and
    // hook the memory functions that V8 calls (docs/distributed.md).
    process.env['UCX_ERROR_SIGNALS'] ??= '';
    process.env['UCX_MEM_EVENTS'] ??= 'n';
    this.library = load(library);
    failure = `a call of connect before failed after it had loaded ${this.library}`;
    const place = mpi.connect(timeout, pieceLength);
    if (typeof place === 'string') throw faultOf(`MPI_Init_thread of ${this.library}`, place);
    [this.abi, this.rank, this.size] = place;
    const wrong = mismatchOf(launcherOf(process.env), this.library, this.size);
    if (wrong !== undefined) {
      mpi.leave();
      failure = wrong;
      throw mpiError(wrong);
    }
    failure = undefined;
    process.on('exit', this.#exit);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Refuses further operations; MPI is finalised when the process ends. */
  retire(): void {
    this.#ended = true;
  }

  leave(): void {
    if (this.#hasLeft) return;
    const fault = mpi.leave();
    if (fault !== undefined) throw faultOf('finalize', fault);
    this.#ended = this.#hasLeft = true;
    process.removeListener('exit', this.#exit);
  }

  // If the process ends without `leave`, the addon ends the job. The addon does so after the event 'exit', so that Node
  // can still print an uncaught error.
  readonly #exit = (code: number): void => {
    if (code !== 0) {
      mpi.exitWith(code & 0xff || 1);
      return;
    }
    try {
      this.leave();
    } catch (error) {
      mpi.abort(1, error instanceof Error ? error.message : describe(error));
    }
  };
}

let first: Connection | undefined;
let failure: string | undefined;

/**
 * The connection, made at the first call. MPI can be initialised only once in a process, so a failure after the library
 * has been loaded is final.
 */
export function connectionWith(settings: Settings): Connection {
  if (failure !== undefined)
    throw mpiError(`Expected a program that connects once but received another call: ${failure}`);
  if (first?.ended === true) {
    throw mpiError('Expected connect before finalize but received it afterwards: MPI begins once in a process');
  }
  first ??= new Connection(settings);
  return first;
}

export function checkMainThread(): void {
  if (isMainThread) return;
  throw mpiError('Expected the main thread for connect but received a worker thread; MPI belongs to the whole process');
}

/** The code and the reason of an abort, checked. */
export function checkAbort(code: number, reason: string): void {
  if (!Number.isInteger(code)) throw refuseArgument('number', 'an integer from 1 to 255', 'code', code);
  if (code < 1 || code > 255) {
    throw rangeError('ERR_LBFGS_ARG_VALUE', mismatch('an integer from 1 to 255', 'code', code));
  }
  if (typeof (reason as unknown) !== 'string') throw wrongType('a string', 'reason', reason);
}
