// What one cell of the matrix plays with: an optimiser over parameters of some kind, a closure with a known minimum, and callbacks that
// are made in this realm or in another one.

import assert from 'node:assert/strict';
import vm from 'node:vm';
import {
  LBFGS,
  Parameter,
  type AsyncClosure,
  type Closure,
  type FloatArray,
  type LBFGSState,
  type ParameterLike,
  type StateDict,
} from 'lbfgs';

/** Every value is 3 at the minimum. */
const MINIMISER = 3;
const CURVATURES = [1, 4] as const;
const START = [5, -4, 7] as const;

/** Where callbacks, options and signals come from. */
export interface Realm {
  callback<Args extends unknown[], Result>(callback: (...args: Args) => Result): (...args: Args) => Result;
  /** An asynchronous function of that realm, whose promises are that realm's. */
  asyncCallback(callback: () => Promise<number>): AsyncClosure;
  object<Fields extends object>(fields: Fields): Fields;
  controller(): AbortController;
}

const HERE: Realm = {
  callback: (callback) => callback,
  asyncCallback: (callback) => async () => callback(),
  object: (fields) => fields,
  controller: () => new AbortController(),
};

/** A realm without any of Node's classes: its signal is one by what it does. */
const ELSEWHERE = vm.runInNewContext(`({
  callback: (callback) => (...args) => callback(...args),
  asyncCallback: (callback) => async () => { await undefined; return callback(); },
  object: (fields) => Object.defineProperties({}, Object.getOwnPropertyDescriptors(fields)),
  controller: () => {
    const listeners = new Set();
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (name, listener) => listeners.add(listener),
      removeEventListener: (name, listener) => listeners.delete(listener),
    };
    const abort = (reason) => {
      Object.assign(signal, { aborted: true, reason });
      for (const listener of listeners) listener();
    };
    return { signal, abort };
  },
  parameter: (values) => ({ data: Float64Array.from(values), grad: null }),
})`) as Realm & { parameter: (values: readonly number[]) => ParameterLike };

class Weights extends Parameter {
  override get grad(): FloatArray | null {
    return super.grad;
  }
  override set grad(value: FloatArray | ArrayLike<number> | null) {
    super.grad = value;
  }
}
/** Says nothing true of itself. */
class Values extends Float64Array {
  override get length(): number {
    return super.length;
  }
}

/** Parameters, and where everything else comes from. */
export interface Kind {
  readonly parameters: () => readonly ParameterLike[];
  readonly realm: Realm;
  /** So long that stepAsync works on another thread. */
  readonly long?: boolean;
}

const plain = (values: readonly number[]): ParameterLike => ({ data: Float64Array.from(values), grad: null });

export const KINDS: Readonly<Record<string, Kind>> = {
  'plain objects': { parameters: () => [plain(START)], realm: HERE },
  'Parameters, subclasses and proxies': {
    parameters: () => [
      new Parameter(START),
      new Parameter(START, { dtype: 'float32' }),
      new Weights(START),
      new Parameter(Values.from(START)),
      new Proxy(plain(START), {}),
      new Proxy(new Parameter(START), {}),
      new Proxy(new Weights(START), {
        get: (target, name, receiver) => Reflect.get(target, name, receiver) as unknown,
      }),
    ],
    realm: HERE,
  },
  'another realm': { parameters: () => [ELSEWHERE.parameter(START)], realm: ELSEWHERE },
  'another thread': {
    parameters: () => [new Parameter(Array.from({ length: 3000 }, (_, i) => START[i % START.length]!))],
    realm: HERE,
    long: true,
  },
};

/** The state as it is loaded: where historySize was lowered since, without the oldest pairs. */
function newestPairs({ state, param_groups }: StateDict): StateDict {
  const { old_dirs, old_stps, ro, ...rest } = state[0] ?? { func_evals: 0, n_iter: 0 };
  if (old_dirs === undefined) return { state, param_groups };
  const from = -param_groups[0].history_size;
  const pairs = { old_dirs: old_dirs.slice(from), old_stps: old_stps?.slice(from), ro: ro?.slice(from) };
  return { state: { 0: { ...rest, ...pairs } as LBFGSState }, param_groups };
}

export class World {
  readonly realm: Realm;
  readonly optimizer: LBFGS;
  /** Called by the getters of the second parameter, which is one of the user's own making. */
  onGet: ((field: 'data' | 'grad') => void) | undefined;

  constructor({ parameters, realm }: Kind) {
    this.realm = realm;
    this.optimizer = new LBFGS([...parameters(), this.#watched()], { lineSearchFn: 'strong_wolfe', maxIter: 60 });
  }

  /** 1/2 sum c (x - 3)^2 over all parameters there are. */
  readonly closure: Closure = () => {
    let loss = 0;
    for (const parameter of this.optimizer.paramGroups[0].params) {
      const { data } = parameter;
      const grad = data.slice();
      for (let i = 0; i < grad.length; i++) {
        const away = grad[i]! - MINIMISER;
        grad[i] = CURVATURES[i % CURVATURES.length]! * away;
        loss += 0.5 * grad[i]! * away;
      }
      parameter.grad = grad;
    }
    return loss;
  };

  /** All that can be seen from outside; null where it has been disposed of. Calls no callback. */
  snapshot(): object {
    return this.#quietly(() => {
      const { params, ...options } = this.optimizer.paramGroups[0];
      const values = params.map(({ data, grad }) => ({ data: data.slice(), grad: grad?.slice() ?? null }));
      return { values, options, lastStep: this.optimizer.lastStep, state: this.#stateOrNull() };
    });
  }

  get disposed(): boolean {
    return this.#quietly(() => this.#stateOrNull() === null);
  }

  /** Everything is finite, a state comes back as it went, and training reaches the minimum. */
  assertWhole(): void {
    this.#quietly(() => {
      if (this.#stateOrNull() === null) return;
      const { optimizer } = this;
      const { params } = optimizer.paramGroups[0];
      for (const { data, grad } of params) {
        assert.ok(data.every(Number.isFinite) && (grad ?? []).every(Number.isFinite), 'finite');
      }
      const state = optimizer.stateDict();
      optimizer.loadStateDict(state);
      assert.deepEqual(optimizer.stateDict(), newestPairs(state));
      for (let step = 0; step < 4; step++) optimizer.step(this.closure);
      const furthest = Math.max(...params.flatMap(({ data }) => Array.from(data, (x) => Math.abs(x - MINIMISER))));
      assert.ok(furthest < 1e-4, `${furthest} from the minimum: ${optimizer.lastStep?.message}`);
    });
  }

  #stateOrNull(): object | null {
    try {
      return this.optimizer.stateDict();
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, 'ERR_LBFGS_DISPOSED');
      return null;
    }
  }

  readonly #hushed = { value: false };

  #quietly<Result>(look: () => Result): Result {
    const before = this.#hushed.value;
    this.#hushed.value = true;
    try {
      return look();
    } finally {
      this.#hushed.value = before;
    }
  }

  /** A callback that does this at one of its calls, not counting those that come of looking. */
  at(call: number, act: () => unknown): () => unknown {
    let calls = 0;
    return () => (this.#hushed.value || ++calls !== call ? undefined : act());
  }

  #watched(): ParameterLike {
    const told = (field: 'data' | 'grad'): void => this.onGet?.(field);
    const arrays: { data: FloatArray; grad: FloatArray | null } = { data: Float64Array.of(-2, 8), grad: null };
    return {
      get data() {
        told('data');
        return arrays.data;
      },
      get grad() {
        told('grad');
        return arrays.grad;
      },
      set grad(value) {
        arrays.grad = value;
      },
    };
  }
}
