// The fault matrix of minimize with bounds, L1, a scale and finite differences: a fault at every call of the function.

import assert from 'node:assert/strict';
import type { MinimizeOptions } from 'lbfgs';
import { NOT_FINITE } from '../problems/training';
import {
  assertInside,
  lossAtStart,
  penalised,
  run,
  SUBJECTS,
  type Fault,
  type Run,
  type Subject,
} from './faulty-solves';
import { inFreshProcess } from './fresh-process';

const WAYS = ['sync', 'async'] as const;
const DURATIONS = { once: false, 'from then on': true } as const;

/** What holds of every result: it is of a point of the box that is no worse than the start. */
function assertSound(subject: Subject, { result, error }: Run): void {
  assert.equal(error, undefined);
  const { x, loss, gradient, gradNorm, status, converged, message } = result!;
  assertInside(subject, x);
  assert.ok([...x, ...gradient, gradNorm].every(Number.isFinite), message);
  const expected = penalised(subject, x);
  assert.ok(Math.abs(loss - expected) <= 1e-12 * (1 + expected), `${loss} where the loss is ${expected}`);
  assert.ok(loss <= lossAtStart(subject) * (1 + 1e-12), `${loss} is above the start`);
  assert.equal(converged, status.startsWith('converged_'));
}

/** The same in both ways; the run without promises. */
async function runAlike(
  subject: Subject,
  make: () => [fault?: Fault | undefined, options?: MinimizeOptions],
): Promise<Run> {
  const sync = await run(subject, 'sync', ...make());
  assert.deepEqual(await run(subject, 'async', ...make()), sync);
  return sync;
}

for (const subject of SUBJECTS) {
  describe(`a fault in a solve: ${subject.name}`, () => {
    let calls: number;
    const mostCallsOfAGradient = subject.differences === undefined ? 1 : 9; // at a bound a difference has one side
    before(async () => {
      calls = (await run(subject, 'sync')).calls;
    });

    /** No fault leaves anything behind. */
    const assertClean = async (): Promise<void> => {
      const { result } = await run(subject, 'sync');
      assert.deepEqual(result, inFreshProcess().solves[subject.name]);
    };
    const places = subject.differences === undefined ? (['loss', 0, 1, 2, 3] as const) : (['loss'] as const);

    for (const [duration, forEver] of Object.entries(DURATIONS)) {
      it(`a value that is not finite at any call, ${duration}, is refused at the start and a wall later`, async () => {
        const clean = inFreshProcess().solves[subject.name] as NonNullable<Run['result']>;
        for (let k = 1; k <= calls; k++) {
          for (const value of NOT_FINITE) {
            for (const place of places) {
              const fault: Fault = (call, at) => {
                if (call < k || (call > k && !forEver)) return;
                if (place === 'loss') at.loss = value;
                else at.gradient![place] = value;
              };
              const ended = await runAlike(subject, () => [fault]);
              const isStart = k === 1 || (ended.result === undefined && k <= mostCallsOfAGradient);
              if (isStart) {
                assert.equal((ended.error as { code?: unknown }).code, 'ERR_LBFGS_NON_FINITE_START');
                continue;
              }
              assertSound(subject, ended);
              const { x, converged, status, message } = ended.result!;
              if (forEver) {
                assert.match(status, /^(line_search_failed|converged_loss|non_finite)$/, message);
                continue;
              }
              assert.ok(converged, message);
              assert.ok(
                x.every((entry, i) => Math.abs(entry - clean.x[i]!) < 1e-5),
                `${x.join()} at call ${k}`,
              );
            }
          }
          await assertClean();
        }
      });
    }

    it('an error at any call comes out as it is', async () => {
      for (let k = 1; k <= calls; k++) {
        const error = new Error('out of data');
        for (const way of WAYS) {
          const ended = await run(subject, way, (call) => {
            if (call === k) throw error;
          });
          assert.equal(ended.error, error);
          assert.equal(ended.calls, k);
        }
        await assertClean();
      }
    });

    it('an abort at any call brings out its reason, and there is no other call', async () => {
      for (let k = 1; k <= calls; k++) {
        const reason = new Error('enough');
        const ended = await runAlike(subject, () => {
          const controller = new AbortController();
          const fault: Fault = (call) => {
            if (call === k) controller.abort(reason);
          };
          return [fault, { signal: controller.signal }];
        });
        assert.equal(ended.error, reason);
        assert.equal(ended.calls, k);
        await assertClean();
      }
    });

    it('false from onIteration ends at any iteration, and its error comes out', async () => {
      const { iterations } = (await run(subject, 'sync')).result!;
      assert.ok(iterations > 2);
      for (let last = 1; last < iterations; last++) {
        const onIteration: MinimizeOptions['onIteration'] = ({ iteration }, x) => {
          assertInside(subject, x);
          return iteration < last;
        };
        const ended = await runAlike(subject, () => [undefined, { onIteration }]);
        assertSound(subject, ended);
        assert.deepEqual([ended.result!.status, ended.result!.iterations], ['stopped', last]);
        const error = new Error('in onIteration');
        const thrown = await runAlike(subject, () => [
          undefined,
          {
            onIteration: ({ iteration }) => {
              if (iteration === last) throw error;
            },
          },
        ]);
        assert.equal(thrown.error, error);
        await assertClean();
      }
    });

    it('a time limit that is over ends at the start, in the box', async () => {
      const ended = await runAlike(subject, () => [undefined, { timeLimit: Number.MIN_VALUE }]);
      assertSound(subject, ended);
      assert.deepEqual([ended.result!.status, ended.result!.iterations], ['time_limit', 0]);
      await assertClean();
    });
  });
}
