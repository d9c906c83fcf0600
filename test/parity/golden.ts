// The recorded traces of torch in test/golden, and a run of one case through the public interface.

import * as fs from 'node:fs';
import path from 'node:path';
import { LBFGS, Parameter, type Dtype, type LBFGSOptions, type LBFGSState } from 'lbfgs';
import { applyFault, FUNCS, num, type Fault } from '../golden/problems.mjs';

/** A number as it was recorded: "NaN", "Infinity" and "-Infinity" are strings. */
type Recorded = number | string;

interface Problem {
  readonly func: string;
  readonly x0: readonly number[];
  readonly data: unknown;
}

interface RecordedEvaluation {
  readonly f: Recorded;
  /** Absent where there are more than 20 entries. */
  readonly x?: readonly Recorded[];
  /** Entries are null for a parameter without a gradient. */
  readonly g?: readonly (Recorded | null)[];
}

export interface RecordedStep {
  readonly returned: Recorded;
  readonly error?: { readonly type: string } | null;
  readonly evals_this_step: number;
  readonly n_iter: number;
  readonly func_evals: number;
  readonly state_keys: readonly string[];
  /** Absent or null, as all below, before the first iteration. */
  readonly t?: Recorded | null;
  readonly H_diag: Recorded;
  readonly n_old: number;
  readonly ro: readonly Recorded[];
  readonly prev_loss: Recorded;
  readonly d: readonly Recorded[];
  readonly prev_flat_grad: readonly Recorded[];
}

type Action =
  | { readonly op: 'step' }
  | { readonly op: 'reload' }
  | { readonly op: 'set_option'; readonly key: string; readonly value: unknown }
  | { readonly op: 'set_x'; readonly x: readonly number[] };

/** How far a record is reproducible when sums are rounded differently; test/golden/README.md. */
interface Horizon {
  readonly 'f_rel_1e-09'?: number;
  readonly 'f_rel_1e-06': number;
  readonly counts_stable: boolean;
  readonly 'replay_x_rel_1e-09'?: number;
  readonly 'replay_x_rel_1e-06'?: number;
  readonly replay_counts_stable?: boolean;
}

export interface Case {
  readonly id: string;
  readonly problem: string;
  readonly dtype: Dtype;
  readonly shapes: readonly (readonly number[])[];
  readonly n: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly actions: readonly Action[];
  readonly fault: Fault | null;
  readonly horizon: Horizon;
  readonly trace: readonly RecordedEvaluation[];
  readonly steps: readonly RecordedStep[];
}

function read(name: string): unknown {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'golden', name), 'utf8'));
}

const problems = read('problems.json') as Record<string, Problem>;

/** Every recorded case. */
export const cases: readonly Case[] = Object.keys(problems).flatMap(
  (id) => (read(`${id}.json`) as { cases: Case[] }).cases,
);

/** Whether torch's behaviour in this case is ours too: no error, no fault but a parameter without a gradient. */
export function isModel({ fault, steps }: Case): boolean {
  return (fault === null || fault.type === 'grad_none') && steps.every(({ error }) => (error ?? null) === null);
}

export function numbers(values: readonly (Recorded | null)[]): number[] {
  return values.map((value) => (value === null ? 0 : num(value)));
}

/** torch's option names in camelCase. */
export function optionsOf({ options }: Case): LBFGSOptions {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]));
}
function camelCase(key: string): string {
  return key === 'line_search_fn'
    ? 'lineSearchFn'
    : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** max |a - b| relative to max |b|; 0 where they are equal. */
export function deviation(ours: ArrayLike<number>, recorded: readonly number[]): number {
  if (ours.length !== recorded.length) return Infinity;
  const differences = recorded.map((value, i) => (Object.is(ours[i], value) ? 0 : Math.abs(ours[i]! - value)));
  const largest = Math.max(0, ...differences);
  return largest === 0 ? 0 : largest / Math.max(...recorded.map(Math.abs));
}

export interface Evaluation {
  readonly x: Float64Array;
  readonly loss: number;
}

/** Puts loss and gradient in place of what the function gives; `index` counts the evaluations of the case from 0. */
export type Answer = (index: number, x: Float64Array, g: Float64Array) => number;

/** One step of a case as we make it. Evaluations are counted over the whole case, `to` being the first of the next step. */
export interface StepMade {
  readonly returned: number;
  readonly from: number;
  readonly to: number;
  readonly state: LBFGSState;
}

/** One case on one set of parameters. */
export class Run {
  readonly case: Case;
  readonly params: readonly Parameter[];
  optimizer: LBFGS;
  /** Every evaluation so far. */
  readonly trace: Evaluation[] = [];
  readonly #options: LBFGSOptions;
  readonly #answer: Answer;

  /**
   * @param options beside those of the case
   * @param answer where it is absent, the case's own function is evaluated, with its fault
   */
  constructor(recorded: Case, options: LBFGSOptions = {}, answer?: Answer) {
    const problem = problems[recorded.problem]!;
    const fun = FUNCS[problem.func]!;
    this.case = recorded;
    this.params = recorded.shapes.map((shape) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return new Parameter(new (recorded.dtype === 'float32' ? Float32Array : Float64Array)(size), { shape });
    });
    this.x = problem.x0;
    this.#options = { ...optionsOf(recorded), ...options };
    this.optimizer = new LBFGS(this.params, this.#options);
    this.#answer =
      answer ?? ((index, x, g) => applyFault(recorded.fault, index + 1, this.#rounded(fun(x, problem.data, g)), g));
  }

  get x(): Float64Array {
    return Float64Array.from(this.params.flatMap(({ data }) => Array.from(data)));
  }
  set x(values: ArrayLike<number>) {
    let from = 0;
    for (const { data, size } of this.params) {
      data.set(Array.from(values).slice(from, from + size));
      from += size;
    }
  }

  readonly closure = (): number => {
    const x = this.x;
    const g = new Float64Array(x.length);
    const index = this.trace.length;
    this.trace.push({ x, loss: NaN });
    const loss = this.#answer(index, x, g);
    this.trace[index] = { x, loss };
    let from = 0;
    for (const [at, parameter] of this.params.entries()) {
      const none = this.case.fault?.type === 'grad_none' && this.case.fault.param === at;
      parameter.grad = none ? null : g.slice(from, from + parameter.size);
      from += parameter.size;
    }
    return loss;
  };

  /** Runs the case's actions; `each` gets every step as it ends. A step that throws ends the run. */
  all(each: (made: StepMade, recorded: RecordedStep) => void): void {
    let steps = 0;
    for (const action of this.case.actions) {
      if (action.op !== 'step') {
        this.perform(action);
        continue;
      }
      const from = this.trace.length;
      const returned = this.optimizer.step(this.closure);
      each({ returned, from, to: this.trace.length, state: this.state }, this.case.steps[steps++]!);
    }
  }

  perform(action: Exclude<Action, { op: 'step' }>): void {
    if (action.op === 'set_x') {
      this.x = action.x;
    } else if (action.op === 'set_option') {
      Object.assign(this.optimizer.paramGroups[0], { [camelCase(action.key)]: action.value });
    } else {
      const state = this.optimizer.stateDict();
      this.optimizer = new LBFGS(this.params, this.#options);
      this.optimizer.loadStateDict(state);
    }
  }

  get state(): LBFGSState {
    return this.optimizer.stateDict().state[0]!;
  }

  #rounded(value: number): number {
    return this.case.dtype === 'float32' ? Math.fround(value) : value;
  }
}
