// An optimiser that a program of random calls is run on, beside a model that says what each call should come to.

import assert from 'node:assert/strict';
import { LBFGS, Parameter, type ErrorCode, type LBFGSOptions, type ParameterLike, type StateDict } from 'lbfgs';

const MINIMISER = 3;
export const REASON = new Error('aborted');
const BOOM = new Error('the closure threw');

/** What goes wrong in a step, at its `at`-th evaluation (or iteration, for `stop`). */
export interface Fault {
  kind: 'none' | 'throw' | 'abort' | 'nan' | 'infinite gradient' | 'stop' | 'replace';
  at: number;
}
export type Op =
  | { do: 'step' | 'stepAsync' | 'iterate' | 'begin'; fault: Fault }
  | { do: 'zeroGrad'; toNull: boolean }
  | { do: 'assign'; option: keyof LBFGSOptions; value: unknown; fits: boolean }
  | { do: 'settle' | 'save' | 'load' | 'move' | 'add' | 'add again' | 'replace' | 'shorten' | 'repair' | 'dispose' };

/** What has to be known to say what the next call comes to. */
interface Expected {
  busy: boolean;
  disposed: boolean;
  /** A parameter has an array of another length. */
  broken: boolean;
  sizes: number[];
  nIter: number;
  funcEvals: number;
}

const OPTIONS = { lineSearchFn: 'strong_wolfe', maxIter: 5, maxEval: 20, historySize: 4 } as const;

export class Machine {
  #params: ParameterLike[] = [new Parameter([9, -2, 4]), { data: Float64Array.of(1, -7), grad: null }];
  #optimizer = new LBFGS(this.#params, OPTIONS);
  readonly #expected: Expected = { busy: false, disposed: false, broken: false, sizes: [3, 2], nIter: 0, funcEvals: 0 };
  #saved: { dict: StateDict; sizes: number[] } | undefined;
  #pending: { release: () => void; ended: Promise<void> } | undefined;
  #calls = 0;
  #reports = 0;
  /** The gradient of a first evaluation was infinite, so that there was none to bring back. */
  #spoilt = false;
  /** Calls that worked and calls that were refused, for the record. */
  readonly counts = { worked: 0, refused: 0 };

  async run(op: Op): Promise<void> {
    const code = this.#refusalOf(op);
    if (code === undefined) {
      await this.#do(op);
      this.counts.worked++;
    } else {
      const before = this.#snapshot();
      await assert.rejects(
        async () => this.#do(op),
        (error: { code?: unknown }) => error.code === code,
        `${op.do}: ${code}`,
      );
      assert.deepEqual(this.#snapshot(), before, 'what was refused has changed nothing');
      this.counts.refused++;
    }
    this.#check();
  }

  /** Afterwards: whatever has happened, training reaches the minimum. */
  async end(): Promise<void> {
    await this.run({ do: 'settle' });
    if (this.#expected.broken) await this.run({ do: 'repair' });
    if (this.#expected.disposed) return;
    Object.assign(this.#optimizer.paramGroups[0], { ...OPTIONS, lr: 1, maxIter: 200, maxEval: 1000 });
    for (let step = 0; step < 4; step++) this.#optimizer.step(() => this.#evaluate());
    for (const { data } of this.#params) {
      assert.ok(
        data.every((value) => Math.abs(value - MINIMISER) < 1e-3),
        `${data.join()}: ${this.#optimizer.lastStep?.message}`,
      );
    }
  }

  #refusalOf(op: Op): ErrorCode | undefined {
    const { busy, disposed, broken, sizes } = this.#expected;
    switch (op.do) {
      case 'step':
      case 'stepAsync':
      case 'iterate':
      case 'begin':
      case 'add':
        return disposed
          ? 'ERR_LBFGS_DISPOSED'
          : busy
            ? 'ERR_LBFGS_BUSY'
            : broken
              ? 'ERR_LBFGS_DATA_CHANGED'
              : undefined;
      case 'load':
        if (this.#saved === undefined) return undefined;
        if (disposed || busy) return disposed ? 'ERR_LBFGS_DISPOSED' : 'ERR_LBFGS_BUSY';
        return this.#saved.sizes.join() === sizes.join() ? undefined : 'ERR_LBFGS_STATE_DICT';
      case 'add again':
        return disposed ? 'ERR_LBFGS_DISPOSED' : busy ? 'ERR_LBFGS_BUSY' : 'ERR_LBFGS_DUPLICATE_PARAMETER';
      case 'save':
      case 'move':
        return disposed ? 'ERR_LBFGS_DISPOSED' : undefined;
      case 'assign':
        return op.fits ? undefined : 'ERR_LBFGS_ARG_VALUE';
      case 'zeroGrad':
        return !op.toNull && this.#params.some(misfits) ? 'ERR_LBFGS_GRAD' : undefined;
      case 'dispose':
        return busy ? 'ERR_LBFGS_BUSY' : undefined;
      case 'settle':
      case 'replace':
      case 'shorten':
      case 'repair':
        return undefined;
    }
  }

  async #do(op: Op): Promise<void> {
    const optimizer = this.#optimizer;
    const expected = this.#expected;
    switch (op.do) {
      case 'step':
      case 'stepAsync':
      case 'iterate':
        return this.#step(op.do, op.fault, Promise.resolve());
      case 'begin':
        return this.#begin(op.fault);
      case 'settle':
        this.#pending?.release();
        return this.#pending?.ended;
      case 'zeroGrad':
        optimizer.zeroGrad(op.toNull);
        for (const { grad } of this.#params) assert.ok(op.toNull ? grad === null : (grad ?? []).every((g) => g === 0));
        return;
      case 'assign':
        Object.assign(optimizer.paramGroups[0], { [op.option]: op.value });
        assert.equal(optimizer.paramGroups[0][op.option], op.value);
        return;
      case 'save':
        this.#saved = { dict: optimizer.stateDict(), sizes: [...expected.sizes] };
        return;
      case 'load':
        if (this.#saved === undefined) return;
        optimizer.loadStateDict(this.#saved.dict);
        expected.nIter = this.#saved.dict.state[0]?.n_iter ?? 0;
        expected.funcEvals = this.#saved.dict.state[0]?.func_evals ?? 0;
        return;
      case 'move':
        this.#move();
        return;
      case 'add':
        optimizer.addParamGroup({ params: [this.#added()] });
        this.#params = [...optimizer.paramGroups[0].params];
        expected.sizes.push(2);
        return;
      case 'add again':
        optimizer.addParamGroup({ params: [this.#params[0]!] });
        return;
      case 'replace':
        if (!expected.broken) this.#params[1]!.data = this.#params[1]!.data.slice();
        return;
      case 'shorten':
        this.#params[1]!.data = Float64Array.of(1);
        expected.broken = true;
        return;
      case 'repair':
        if (expected.broken) Object.assign(this.#params[1]!, { data: Float64Array.of(1, 5), grad: null });
        expected.broken = false;
        return;
      case 'dispose':
        optimizer[Symbol.dispose]();
        expected.disposed = true;
    }
  }

  #added(): ParameterLike {
    return new Parameter([0, 6], { name: `added ${this.#expected.sizes.length}` });
  }

  /** A loaded copy is the same; at rest it takes the place of the one that it was made of. */
  #move(): void {
    const dict = this.#optimizer.stateDict();
    if (this.#expected.broken) return;
    const copies = this.#params.map(({ data, grad }) => ({ data: data.slice(), grad: grad?.slice() ?? null }));
    const other = new LBFGS(copies, { historySize: 2, lr: 0.5 });
    other.loadStateDict(dict);
    assert.deepEqual(other.stateDict(), keepingNewest(dict));
    if (this.#expected.busy) {
      other[Symbol.dispose]();
      return;
    }
    this.#optimizer[Symbol.dispose]();
    this.#params = copies;
    this.#optimizer = other;
  }

  async #begin(fault: Fault): Promise<void> {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const step = this.#step('stepAsync', fault, gate);
    // What is refused is refused at once.
    const isPending = Symbol('pending');
    const first = await Promise.race([step, Promise.resolve().then(() => Promise.resolve(isPending))]);
    if (first !== isPending) return;
    const ended = step.finally(() => {
      this.#expected.busy = false;
      this.#pending = undefined;
    });
    this.#expected.busy = true;
    this.#pending = { release, ended };
  }

  async #step(method: 'step' | 'stepAsync' | 'iterate', fault: Fault, gate: Promise<void>): Promise<void> {
    this.#calls = 0;
    this.#reports = 0;
    const optimizer = this.#optimizer;
    const controller = new AbortController();
    const evaluate = (): number => {
      const loss = this.#evaluate();
      return ++this.#calls === fault.at ? this.#spoil(fault, loss, controller) : loss;
    };
    const onIteration = (): boolean => {
      this.#reports++;
      return fault.kind !== 'stop' || this.#reports !== fault.at;
    };
    const options = { signal: controller.signal, onIteration };
    const later = async (): Promise<number> => {
      await gate;
      return evaluate();
    };
    try {
      if (method === 'step') optimizer.step(evaluate, options);
      else if (method === 'stepAsync') await optimizer.stepAsync(later, options);
      else for await (const info of optimizer.iterate(later, options)) assert.equal(info.iteration, this.#reports);
    } catch (error) {
      this.#count(0);
      this.#spoilt ||= fault.kind === 'infinite gradient' && fault.at === 1 && this.#calls === 1;
      if (this.#isDue(error, fault)) return;
      throw error;
    }
    // torch counts an iteration when it begins; one that the slope test ends is not reported.
    this.#count(optimizer.lastStep!.status === 'converged_slope' ? 1 : 0);
    assert.equal(optimizer.lastStep!.evaluations, this.#calls);
  }

  #count(unreported: number): void {
    this.#expected.funcEvals += this.#calls;
    this.#expected.nIter += this.#reports + unreported;
  }

  /** Whether the step was to end with this error. */
  #isDue(error: unknown, { kind, at }: Fault): boolean {
    const { code } = error as { code?: unknown };
    if (this.#calls > 0 && code === 'ERR_LBFGS_DATA_CHANGED') return true; // an array went while the step was pending
    if (this.#calls < at) return false;
    if (kind === 'nan' || kind === 'infinite gradient') return at === 1 && code === 'ERR_LBFGS_NON_FINITE_START';
    return error === { throw: BOOM, abort: REASON }[kind as string];
  }

  #spoil({ kind }: Fault, loss: number, controller: AbortController): number {
    if (kind === 'throw') throw BOOM;
    if (kind === 'abort') controller.abort(REASON);
    if (kind === 'infinite gradient') this.#params[0]!.grad!.fill(Infinity, 1, 2);
    if (kind === 'replace') this.#params[1]!.data = this.#params[1]!.data.slice();
    return kind === 'nan' ? NaN : loss;
  }

  /** 1/2 sum c (x - 3)^2 */
  #evaluate(): number {
    let loss = 0;
    this.#spoilt = false;
    for (const parameter of this.#params) {
      const away = parameter.data.map((value) => value - MINIMISER);
      parameter.grad = away.map((value, i) => (1 + 3 * i) * value);
      for (const [i, slope] of parameter.grad.entries()) loss += 0.5 * slope * away[i]!;
    }
    return loss;
  }

  /** What holds after every call. */
  #check(): void {
    for (const { data } of this.#params) assert.ok(data.every(Number.isFinite), `${data.join()} is finite`);
    const { disposed, busy, sizes, nIter, funcEvals } = this.#expected;
    assert.equal(this.#optimizer.paramGroups[0].params.length, sizes.length);
    if (disposed || busy) return; // the calls of a pending step are counted when it ends
    const { n_iter, func_evals } = this.#optimizer.state;
    assert.deepEqual({ n_iter, func_evals }, { n_iter: nIter, func_evals: funcEvals });
    for (const { grad } of this.#params) assert.ok(this.#spoilt || (grad ?? []).every(Number.isFinite), 'gradients');
  }

  #snapshot(): object {
    const { params, ...options } = this.#optimizer.paramGroups[0];
    return {
      params: params.map(({ data, grad }) => ({ data: data.slice(), grad: grad?.slice() ?? null })),
      options,
      report: this.#optimizer.lastStep,
      state: this.#expected.disposed ? null : this.#optimizer.stateDict(),
    };
  }
}

function misfits({ data, grad }: ParameterLike): boolean {
  return grad !== null && grad.length !== data.length;
}

/** A state as it is loaded where historySize has been lowered since the pairs were kept. */
export function keepingNewest({ state, param_groups }: StateDict): StateDict {
  const { old_dirs, old_stps, ro, ...rest } = state[0] ?? { func_evals: 0, n_iter: 0 };
  if (old_dirs === undefined || old_stps === undefined || ro === undefined) return { state, param_groups };
  const from = -param_groups[0].history_size;
  const pairs = { old_dirs: old_dirs.slice(from), old_stps: old_stps.slice(from), ro: ro.slice(from) };
  return { state: { 0: { ...rest, ...pairs } }, param_groups };
}
