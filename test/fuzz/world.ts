// Optimisers in use, with what a program of calls keeps of them, and what holds after every call.

import assert from 'node:assert/strict';
import { types } from 'node:util';
import { LBFGS, Parameter, type FloatArray, type LBFGSOptions, type ParameterLike, type StateDict } from 'lbfgs';
import type { Choices } from './choices';
import { assertDue, hasCode } from './errors';

/** Evaluations of one call: what it makes beyond them is an error of the closure. */
const MOST_EVALUATIONS = 500;

const TOO_MANY = new Error('too many evaluations');
const GONE = new Error('values are gone');

/** 1/2 sum c (x - 3)^2, a little bent: 1/4 (x0 - 3)^4 beside it. */
export function lossOf(params: readonly ParameterLike[]): number {
  let loss = 0;
  for (const parameter of params) {
    const away = Float64Array.from(parameter.data, (value) => value - 3);
    const gradient = away.map((value, i) => (1 + (i % 5)) * value + value ** 3);
    for (const [i, value] of away.entries()) loss += 0.5 * (1 + (i % 5)) * value ** 2 + 0.25 * value ** 4;
    parameter.grad = parameter.data instanceof Float32Array ? Float32Array.from(gradient) : gradient;
  }
  return loss;
}

/** One optimiser. */
export interface Seat {
  optimizer: LBFGS;
  params: ParameterLike[];
  disposed: boolean;
  /** A pending step: lets it go on, and its end. */
  pending: { release: () => void; ended: Promise<unknown> } | undefined;
}

export class World {
  readonly seats: Seat[] = [];
  readonly choices: Choices;
  readonly tell: (what: string) => void;
  /** What the user's own code throws. */
  readonly errors = new Set<unknown>([TOO_MANY, GONE]);
  /** Whether the stack was exhausted in this program: the language's own error may come out. */
  deep = false;
  readonly saved: StateDict[] = [];
  /** Steps that a closure has begun and not waited for. */
  readonly background: Promise<unknown>[] = [];
  /** Evaluations since the call began. */
  evaluations = 0;
  #depth = 0;

  constructor(choices: Choices, tell: (what: string) => void) {
    this.choices = choices;
    this.tell = tell;
    for (let seat = 0; seat < (choices.once(4) ? 2 : 1); seat++) this.seats.push(this.#newSeat());
  }

  #newSeat(): Seat {
    const { choices } = this;
    const sizes = choices.oneOf([[2], [1, 1], [3, 0, 2], [7], [20, 1]]);
    const kind = choices.below(5);
    const params = sizes.map((size) => this.newParameter(size, kind));
    const options: LBFGSOptions = {
      lineSearchFn: choices.once(3) ? null : 'strong_wolfe',
      lr: choices.oneOf([1, 0.1, 1e-3]),
      maxIter: choices.oneOf([1, 2, 4]),
      historySize: choices.oneOf([1, 2, 10]),
    };
    this.tell(`an optimiser of ${sizes.join('+')} values, kind ${kind}, ${JSON.stringify(options)}`);
    return { optimizer: new LBFGS(params, options), params, disposed: false, pending: undefined };
  }

  /** A parameter: plain, of the class, behind a proxy, with accessors, in float32. */
  newParameter(size: number, kind = this.choices.below(5)): ParameterLike {
    const parameter = this.#newParameter(size, kind);
    sizes.set(parameter, size);
    return parameter;
  }

  #newParameter(size: number, kind: number): ParameterLike {
    const values = Array.from({ length: size }, () => 4 * this.choices.uniform() - 2);
    if (kind === 0) return { data: Float64Array.from(values), grad: null };
    if (kind === 1) return new Parameter(Float64Array.from(values), { name: 'of the class' });
    if (kind === 2) return new Proxy(new Parameter(Float64Array.from(values)), {});
    if (kind === 3) return { data: Float32Array.from(values), grad: null };
    let data: FloatArray = Float64Array.from(values);
    let grad: FloatArray | null = null;
    return {
      get data() {
        return data;
      },
      set data(value) {
        data = value;
      },
      get grad() {
        return grad;
      },
      set grad(value) {
        grad = value;
      },
    };
  }

  error(what: string): Error {
    const error = new Error(what);
    this.errors.add(error);
    return error;
  }

  /** Loss and gradients of a seat's parameters; counts. */
  evaluate(params: readonly ParameterLike[]): number {
    if (++this.evaluations > MOST_EVALUATIONS) throw TOO_MANY;
    if (params.some(isGone)) throw GONE;
    return lossOf(params);
  }

  /** Does something that may throw what is the user's own or has a code; whether it did not. */
  async attempt(act: () => unknown): Promise<boolean> {
    if (this.#depth === 0) this.evaluations = 0;
    this.#depth++;
    try {
      await act();
      return true;
    } catch (error) {
      this.#check(error);
      return false;
    } finally {
      this.#depth--;
    }
  }

  /** The same at once, for calls from within calls. */
  attemptNow(act: () => unknown): void {
    this.#depth++;
    try {
      const result = act();
      if (!(result instanceof Promise)) return;
      this.background.push(this.attempt(() => result as Promise<unknown>));
    } catch (error) {
      this.#check(error);
    } finally {
      this.#depth--;
    }
  }

  #check(error: unknown): void {
    if (error instanceof assert.AssertionError) throw error;
    if (this.deep && !hasCode(error) && String((error as Error | undefined)?.message).includes('call stack')) return;
    assertDue(error, this.errors);
  }

  async settle(): Promise<void> {
    while (this.background.length > 0) await this.background.pop();
  }

  /** What holds after every call: values finite, the state readable, busy or disposed only as known. */
  check(): void {
    for (const seat of this.seats) {
      if (seat.params.every((parameter) => sizes.has(parameter))) assertFinite(seat.params);
      const read = (): object => seat.optimizer.state;
      if (seat.disposed) {
        assert.throws(read, { code: 'ERR_LBFGS_DISPOSED' });
        continue;
      }
      for (const value of Object.values(read()))
        assert.ok(Number.isFinite(value), 'the numbers of the state are finite');
      assert.equal(seat.optimizer.paramGroups[0].params.length, seat.params.length);
      const { lastStep } = seat.optimizer;
      if (lastStep === null) continue;
      const { loss, gradNorm, initialLoss, status } = lastStep;
      assert.ok([loss, gradNorm].every(Number.isFinite), 'the report is finite');
      // A first evaluation that was not finite, after a move that nobody had evaluated: the step took that move back.
      assert.ok(Number.isFinite(initialLoss) || status === 'non_finite', 'the first loss is finite');
    }
  }

  /** Arrays that were lost or are of a wrong length are replaced, gradients that are wrong forgotten. */
  repair(seat: Seat): void {
    for (const parameter of seat.params) {
      const size = sizes.get(parameter);
      if (size === undefined) continue;
      if (parameter.data.length !== size)
        parameter.data = new (parameter.data.constructor as Float64ArrayConstructor)(size).fill(0.5);
      const { grad } = parameter as { grad: unknown };
      const isGradient =
        grad === null || ((types.isFloat64Array(grad) || types.isFloat32Array(grad)) && grad.length === size);
      if (!isGradient) parameter.grad = null;
    }
  }

  /** At the end a step with a right closure reaches the minimum, or the optimiser says that it was disposed of. */
  async end(): Promise<void> {
    for (const seat of this.seats) {
      seat.pending?.release();
      await seat.pending?.ended;
      await this.settle();
      this.repair(seat);
      const { optimizer, params } = seat;
      if (!params.every((parameter) => sizes.has(parameter))) {
        await this.attempt(() => optimizer.step(() => this.evaluate(params)));
        continue;
      }
      const options = {
        lineSearchFn: 'strong_wolfe',
        lr: 1,
        maxIter: 300,
        maxEval: 3000,
        maxLs: 25,
        historySize: 10,
        toleranceGrad: 1e-6,
      } as const;
      Object.assign(optimizer.paramGroups[0], options);
      if (seat.disposed) {
        assert.throws(() => optimizer.step(() => lossOf(params)), { code: 'ERR_LBFGS_DISPOSED' });
        continue;
      }
      const handles = hooks.get(optimizer) ?? [];
      for (const handle of handles) handle.remove();
      const start = lossOf(params);
      const isFinite = params.every(({ grad }) => grad!.every(Number.isFinite)) && Number.isFinite(start);
      if (!isFinite) {
        await this.attempt(() => optimizer.step(() => lossOf(params))); // values that were set too large for this loss
        continue;
      }
      optimizer.step(() => lossOf(params));
      const { loss } = optimizer.lastStep!;
      assert.ok(loss <= start, `a step of a right closure went up, from ${start} to ${loss}`);
      optimizer[Symbol.dispose]();
    }
  }
}

/** Whether the memory of its values was handed away, in a step that is pending. */
function isGone(parameter: ParameterLike): boolean {
  return parameter.data.length !== (sizes.get(parameter) ?? parameter.data.length);
}

function assertFinite(params: readonly ParameterLike[]): void {
  for (const parameter of params) {
    if (isGone(parameter)) continue;
    const { data } = parameter;
    assert.ok(data.every(Number.isFinite), `the values ${data.join()} are finite`);
  }
}

/** How long the arrays of each parameter are that the world has made; those of hostile values are not known. */
const sizes = new WeakMap<object, number>();
/** The hooks that an optimiser has. */
export const hooks = new WeakMap<LBFGS, { remove: () => void }[]>();
