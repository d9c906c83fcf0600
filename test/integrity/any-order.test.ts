import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { LBFGS, type Dtype, type LBFGSOptions, type StateDict } from 'lbfgs';
import { detach } from '../problems/buffers';
import { distance, Model, type Evaluation } from '../problems/model';
import { extendedRosenbrock } from '../problems/objectives';
import { FAULTS } from '../problems/training';

interface Mishap {
  n?: number;
  fault?: (evaluation: Evaluation) => void;
  afterwards?: () => void;
  mayThrow?: readonly unknown[];
}

/** An optimiser in use, with what its user has kept. */
class Session {
  readonly model: Model;
  readonly optimizer: LBFGS;
  #saved: StateDict | undefined;

  constructor(dtype: Dtype, cuts: readonly number[]) {
    const size = cuts.reduce((sum, cut) => sum + cut, 0);
    const x0 = Array.from({ length: size }, (_, i) => (i % 2 ? 1 : -1.2));
    this.model = new Model(extendedRosenbrock, x0, { dtype, cuts });
    this.optimizer = new LBFGS(this.model.params, { lr: 1e-3, maxIter: 4 });
  }

  /** A step, or one in whose n-th call something happens; it may throw with one of these codes, or this very error. */
  step({ n = 0, fault, afterwards, mayThrow = [] }: Mishap = {}): void {
    const { model, optimizer } = this;
    const [before, wrong] = [optimizer.lastStep, model.calls + n];
    model.fault = (evaluation) => {
      if (evaluation.call === wrong) fault?.(evaluation);
    };
    const closure = (): number => {
      const loss = model.closure();
      if (model.calls === wrong) afterwards?.();
      return loss;
    };
    try {
      optimizer.step(closure);
      const { loss, current } = optimizer.lastStep!;
      if (current) assert.deepEqual([loss, distance(model.gradient, model.truth.gradient)], [model.truth.loss, 0]);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      const { code } = error as { code?: unknown };
      const nowhere = code === 'ERR_LBFGS_NON_FINITE_START' && !this.#isFinite();
      assert.ok(nowhere || mayThrow.includes(error) || mayThrow.includes(code), inspect(error));
      assert.equal(optimizer.lastStep, before);
    } finally {
      model.fault = undefined;
    }
  }

  /** A step in whose n-th call an array loses its memory; another one takes its place afterwards. */
  lose(n: number, index: number, which: 'data' | 'grad'): void {
    const parameter = this.model.params[index % this.model.params.length]!;
    const replacement = parameter.data.slice().fill(0.5);
    const lost = parameter[which]!;
    const afterwards = (): void => {
      detach(lost);
      if (lost.length === replacement.length) parameter[which] = replacement;
    };
    this.step({ n, afterwards, mayThrow: ['ERR_LBFGS_DATA_CHANGED', 'ERR_LBFGS_GRAD'] });
    if (lost.length < replacement.length) parameter[which] = replacement;
  }

  /** Whether the function has a value here; a fixed step of 1000 may end where it has none. */
  #isFinite(): boolean {
    const { loss, gradient } = this.model.truth;
    return Number.isFinite(loss) && gradient.every(Number.isFinite);
  }

  /** The arrays of a parameter: other ones with the same values. */
  renew(index: number): void {
    const parameter = this.model.params[index % this.model.params.length]!;
    const [data, grad] = [parameter.data.slice(), parameter.grad!.slice()];
    Object.assign(parameter, { data, grad });
  }

  save(): void {
    this.#saved = this.optimizer.stateDict();
  }
  load(): void {
    if (this.#saved !== undefined) this.optimizer.loadStateDict(this.#saved);
  }
}

type Action = (session: Session) => void;
const anyCall = fc.integer({ min: 1, max: 12 });
const anyParameter = fc.nat({ max: 2 });
const thrown = new Error('out of data');
const failing = (): never => {
  throw thrown;
};

const anyAction: fc.Arbitrary<[string, Action]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constant<[string, Action]>([
      'step',
      (session) => {
        session.step();
      },
    ]),
  },
  fc.tuple(anyCall, fc.constantFrom(...FAULTS)).map(([n, { name, apply }]): [string, Action] => [
    `step with ${name} in call ${n}`,
    (session) => {
      session.step({ n, fault: apply, mayThrow: ['ERR_LBFGS_NON_FINITE_START'] });
    },
  ]),
  anyCall.map((n): [string, Action] => [
    `step that throws in call ${n}`,
    (session) => {
      session.step({ n, fault: failing, mayThrow: [thrown] });
    },
  ]),
  fc.tuple(anyCall, anyParameter, fc.constantFrom('data', 'grad')).map(([n, index, which]): [string, Action] => [
    `${which} of parameter ${index} lost after call ${n}`,
    (session) => {
      session.lose(n, index, which);
    },
  ]),
  anyParameter.map((index): [string, Action] => [
    `new arrays for parameter ${index}`,
    (session) => {
      session.renew(index);
    },
  ]),
  fc.tuple(anyParameter, fc.double({ min: -2, max: 2, noNaN: true })).map(([index, value]): [string, Action] => [
    `parameter ${index} set to ${value}`,
    ({ model: { params } }) => {
      params[index % params.length]!.data.fill(value);
    },
  ]),
  fc
    .record<LBFGSOptions>(
      {
        lr: fc.constantFrom(1e-3, 1, 1e3),
        maxIter: fc.integer({ min: 0, max: 8 }),
        maxEval: fc.integer({ min: 0, max: 20 }),
        historySize: fc.integer({ min: 1, max: 6 }),
        lineSearchFn: fc.constantFrom('strong_wolfe', null),
        maxLs: fc.constantFrom(0, 1, 5, 25, null),
      },
      { requiredKeys: [] },
    )
    .map((options): [string, Action] => [
      inspect(options),
      ({ optimizer }) => {
        Object.assign(optimizer.paramGroups[0], options);
      },
    ]),
  fc.constant<[string, Action]>([
    'save',
    (session) => {
      session.save();
    },
  ]),
  fc.constant<[string, Action]>([
    'load',
    (session) => {
      session.load();
    },
  ]),
  fc.constant<[string, Action]>([
    'inspect',
    ({ optimizer }) => {
      inspect(optimizer);
    },
  ]),
);

describe('uses in any order', () => {
  it('leave an optimiser that works: parameters finite, data and gradient of one point, errors only as announced', () => {
    const anyCuts = fc.constantFrom([2], [1, 1], [3, 0, 5], [8, 1, 1]);
    const anyUse = fc.array(anyAction, { minLength: 5, maxLength: 40 });
    const readable = (uses: [string, Action][]): string => uses.map(([name]) => name).join('\n');
    fc.assert(
      fc.property(fc.constantFrom('float64', 'float32'), anyCuts, anyUse, (dtype, cuts, uses) => {
        const session = new Session(dtype, cuts);
        for (const [, use] of uses) {
          use(session);
          assert.ok(session.model.x.every(Number.isFinite), readable(uses));
        }
        const { optimizer, model } = session;
        Object.assign(optimizer.paramGroups[0], {
          lineSearchFn: 'strong_wolfe',
          lr: 1,
          maxIter: 500,
          maxEval: 5000,
          maxLs: 25,
          historySize: 10,
        });
        const before = model.truth.loss;
        session.step();
        assert.ok(!(model.truth.loss > before), readable(uses));
      }),
      { seed: 20, numRuns: 400 },
    );
  });
});
