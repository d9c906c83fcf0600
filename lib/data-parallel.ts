// Every process holds all parameters and a shard of the data: the whole loss and gradient, out of the parts of all
// ranks.

import { types } from 'node:util';
import { dtypeOf, isFloatArray, lengthOf } from './checks/arrays';
import { LBFGSError, typeError } from './checks/errors';
import { isObject, isThenable } from './checks/own';
import { checkFunction, mismatch, wrongType } from './checks/refusals';
import { gather, isCommunicator, type Communicator } from './distributed/communicator';
import { run, type Flow } from './distributed/flow';
import { Print, printOfText } from './distributed/print';
import { WholeSums } from './distributed/whole-sums';
import { CLASS_OWNER } from './native/step-owner';
import { dataOf, refuseKind } from './parameters/gradients';
import type { ParameterLike } from './parameters/parameter';
import { ParameterList } from './parameters/parameter-list';
import { ReplicatedGradients } from './parameters/replicated-gradients';
import { refuseResult } from './step/closure-result';
import type { AsyncClosure, Closure, ClosureCall, UserFunction } from './step/closure';

/**
 * A closure for replicated parameters and sharded data: every rank holds all parameters and a shard of the data. It
 * calls the rank's closure, which sets the gradients and returns the loss of the rank's own shard, and adds the losses
 * and the gradients of all ranks. All ranks receive the same bits, so that an ordinary optimiser, without `comm`, takes
 * the same decisions on each of them. Sums are float64, also those of float32 gradients, which are rounded once. A
 * gradient that is null counts as zeros, and stays null where the sum is zero. The rank's closure must set the
 * gradients anew at every evaluation, because they are replaced by the sums.
 *
 * What is sent: a gradient of n numbers in one message of n + 3 if size x (n + 3) <= 4096; else in one of n to be
 * summed (`reduceScatter`, or `allReduce`), of which each rank sums or keeps ceil(n / size), and one of ceil(n / size)
 * + 3 that copies these blocks to all ranks. An engine without `allGather` makes each message to all size times as
 * long. The first evaluation sends 2 numbers more, in a message of its own.
 *
 * The returned closure is a call of all ranks. If the closure of one rank throws, returns anything but a number, or
 * leaves a gradient that does not fit, its own error is thrown there and `ERR_LBFGS_PEER` on the other ranks, and all
 * optimisers are back at the same accepted point. An `AbortSignal`, a `timeLimit` and an `onIteration` that returns
 * false end a step on their own rank alone, whose next evaluation the others would await for ever. Throw in the closure
 * to end the step on all ranks, or let rank 0 decide and send its decision to the others; the option `comm` of LBFGS
 * does that by itself.
 *
 * @param comm connects the processes
 * @param params those of the optimiser, in the same order, with the same values on all ranks
 * @param closure that of this rank. It returns a part of a sum: divide a mean by the number of all rows, not the
 * shard's
 * @returns a closure that returns the loss of all ranks: a number at once if neither the closure nor the engine returns
 * a promise, so that `step` takes it too; otherwise a promise for `stepAsync`
 * @throws TypeError `ERR_LBFGS_COMM` if comm is not a communicator; TypeError or RangeError for other arguments that do
 * not fit; the returned closure an LBFGSError `ERR_LBFGS_PEER` as above, `ERR_LBFGS_OUT_OF_STEP` on all ranks if the
 * parameters of a rank differ from those of rank 0, and `ERR_LBFGS_BUSY` while its last evaluation is pending
 *
 * @example
 * const optimizer = new LBFGS([weights], { lineSearchFn: 'strong_wolfe' });
 * const closure = dataParallel(comm, [weights], () => lossAndGradientOf(rowsOfThisRank));
 * optimizer.step(closure);
 */
export function dataParallel(comm: Communicator, params: Iterable<ParameterLike>, closure: Closure): Closure;
export function dataParallel(comm: Communicator, params: Iterable<ParameterLike>, closure: AsyncClosure): AsyncClosure;
export function dataParallel(comm: Communicator, params: Iterable<ParameterLike>, closure: AsyncClosure): AsyncClosure {
  if (!isCommunicator(comm)) {
    throw typeError('ERR_LBFGS_COMM', mismatch('a communicator ({ rank, size, allReduce })', 'comm', comm));
  }
  if (!isObject(params) || !(Symbol.iterator in params)) {
    throw wrongType('an iterable of parameters', 'params', params);
  }
  checkFunction(closure, 'closure');
  const list = new ParameterList();
  for (const parameter of params) list.add(parameter);
  const evaluation = new Evaluation(comm, list.finish(), closure);
  return (call?: ClosureCall) => evaluation.of(call);
}

/** What each rank sends beside its gradient. */
const HEAD = { failed: 0, loss: 1, print: 2, length: 3 } as const;

/** What a rank's closure threw, or is refused for. */
interface Failure {
  readonly error: unknown;
}

class Evaluation {
  readonly #comm: Communicator;
  readonly #parameters: readonly ParameterLike[];
  readonly #closure: UserFunction;
  readonly #sums: WholeSums;
  readonly #gradients: ReplicatedGradients;
  readonly #size: number;
  /** The sizes and dtypes of the parameters. */
  readonly #layout: string;
  #failure: Failure | undefined;
  /** Whether all ranks are known to have parameters of the same sizes and dtypes. */
  #agreed = false;
  #isRunning = false;
  /** Whether the closure returns promises, as far as is known. */
  #waits: boolean;

  constructor(comm: Communicator, parameters: readonly ParameterLike[], closure: UserFunction) {
    this.#comm = comm;
    this.#parameters = parameters;
    this.#closure = closure;
    this.#waits = types.isAsyncFunction(closure);
    this.#size = parameters.reduce((sum, { data }) => sum + lengthOf(data), 0);
    this.#gradients = new ReplicatedGradients(parameters, this.#size);
    this.#layout = parameters.map(({ data }) => `${lengthOf(data)} ${dtypeOf(data)}`).join();
    this.#sums = new WholeSums(comm, HEAD.length, this.#size);
  }

  of(call: ClosureCall | undefined): number | Promise<number> {
    if (this.#isRunning) {
      throw new LBFGSError(
        'ERR_LBFGS_BUSY',
        'Expected one evaluation of dataParallel at a time but its last one is pending; wait until its promise has settled',
      );
    }
    return run(this.#evaluate(call ?? {}));
  }

  *#evaluate(call: ClosureCall): Flow<number> {
    this.#isRunning = true;
    try {
      yield* this.#measure(call);
      if (!this.#agreed) yield* this.#agree();
      yield* this.#sums.exchange(this.#waits);
      this.#checkHeads();
      // After an abort another step may have begun, whose gradients these are not.
      if (call.signal?.aborted === true) throw call.signal.reason;
      this.#gradients.write(this.#sums.values);
      return this.#loss();
    } finally {
      this.#isRunning = false;
    }
  }

  /** This rank's loss and gradient, or what went wrong here: the other ranks wait for a message either way. */
  *#measure(call: ClosureCall): Flow<void> {
    const { head, values } = this.#sums;
    head.fill(0);
    this.#failure = undefined;
    try {
      head[HEAD.print] = this.#print();
      this.#gradients.takeBack();
      const answer = Reflect.apply(this.#closure, undefined, [call]);
      this.#waits = isThenable(answer);
      const loss = this.#waits ? yield answer : answer;
      if (call.signal?.aborted === true) throw call.signal.reason;
      if (typeof loss !== 'number') throw refuseResult(loss, CLASS_OWNER.words);
      this.#gradients.read(values);
      head[HEAD.loss] = loss;
    } catch (error) {
      this.#failure = { error };
      head[HEAD.failed] = 1;
      values.fill(0);
    }
  }

  /**
   * Throws unless all ranks have parameters of the same sizes and dtypes: otherwise sums would be wrong, or wait for
   * ever.
   */
  *#agree(): Flow<void> {
    const { size } = this.#comm;
    const own = Float64Array.of(this.#size, printOfText(this.#layout));
    const all = new Float64Array(2 * size);
    yield gather(this.#comm, own, all, this.#waits);
    for (let other = 0; other < size; other++) {
      const [theirs, print] = [all[2 * other], all[2 * other + 1]];
      if (theirs !== all[0])
        throw outOfStep('the sizes of params', `${theirs} entries on rank ${other}, ${all[0]} on rank 0`);
      if (print !== all[1]) throw outOfStep('the sizes and dtypes of params', `others on rank ${other} than on rank 0`);
    }
    this.#agreed = true;
  }

  /** Throws what ends the evaluation on all ranks. */
  #checkHeads(): void {
    const ranks = Array.from({ length: this.#comm.size }, (_, rank) => rank);
    if (this.#failure !== undefined) throw this.#failure.error;
    const failed = ranks.find((rank) => this.#sums.headOf(rank, HEAD.failed) !== 0);
    if (failed !== undefined) {
      throw new LBFGSError(
        'ERR_LBFGS_PEER',
        `Expected a loss and gradients from every rank but the closure of rank ${failed} failed; its error is thrown there`,
      );
    }
    const print = this.#sums.headOf(0, HEAD.print);
    const other = ranks.find((rank) => this.#sums.headOf(rank, HEAD.print) !== print);
    if (other !== undefined) throw outOfStep('the values of params', `others on rank ${other} than on rank 0`);
  }

  #loss(): number {
    let loss = this.#sums.headOf(0, HEAD.loss);
    for (let rank = 1; rank < this.#comm.size; rank++) loss += this.#sums.headOf(rank, HEAD.loss);
    return loss;
  }

  /**
   * The fingerprint of the parameters' values: of all at the first evaluation, later of every ceil(n / 64)-th entry of
   * each parameter.
   */
  #print(): number {
    const stride = this.#agreed ? Math.ceil(this.#size / 64) : 1;
    const print = new Print();
    for (const [index, parameter] of this.#parameters.entries()) {
      const data = dataOf(parameter, index);
      if (!isFloatArray(data)) refuseKind(data, parameter, index);
      const length = lengthOf(data);
      for (let entry = 0; entry < length; entry += stride) print.add(data[entry]!);
    }
    return print.value;
  }
}

function outOfStep(what: string, received: string): LBFGSError {
  return new LBFGSError(
    'ERR_LBFGS_OUT_OF_STEP',
    `Expected ${what} to be the same on all ranks but received ${received}`,
  );
}
