// The fault matrix of curveFit: a fault at every call of the model and of the Jacobian, of long fits at some of them.

import assert from 'node:assert/strict';
import type { CurveFitOptions } from 'lbfgs';
import { NOT_FINITE } from '../problems/training';
import {
  assertInside,
  fit,
  FITS,
  squaresAt,
  squaresAtStart,
  type Fit,
  type FitFault,
  type FitRun,
} from './faulty-fits';
import { inFreshProcess } from './fresh-process';

const DURATIONS = { once: false, 'from then on': true } as const;

/** What holds of every result: it is of parameters within the bounds that are no worse than the start. */
function assertSound(subject: Fit, { result, error }: FitRun): void {
  assert.equal(error, undefined);
  const { params, rss, status, converged, message } = result!;
  assertInside(subject, params);
  assert.equal(converged, status.startsWith('converged_'));
  const expected = squaresAt(subject, params);
  assert.ok(expected <= squaresAtStart(subject) * (1 + 1e-12), `${expected} is above the start`);
  if (status === 'non_finite' && Number.isNaN(rss)) assert.match(message, /the model is not finite there any more/);
  else assert.ok(Math.abs(rss - expected) <= 1e-12 * (1 + expected), `${rss} where the sum is ${expected}`);
}

for (const subject of FITS) {
  describe(`a fault in a fit: ${subject.name}`, () => {
    const points = subject.data.x.length;
    const { stride } = subject;
    let clean: FitRun;
    before(() => {
      clean = fit(subject);
    });

    const assertClean = (): void => {
      assert.deepEqual(fit(subject).result, inFreshProcess().fits[subject.name]);
    };
    /** After each fault, where a fit is short. */
    const assertCleanIfShort = (): void => {
      if (stride < 10) assertClean();
    };
    afterEach(assertClean);

    for (const [duration, forEver] of Object.entries(DURATIONS)) {
      const isHit = (call: number, k: number): boolean => call === k || (forEver && call > k);

      it(`a value that is not finite, ${duration}, is refused at the start and a wall later`, () => {
        for (let k = 1; k <= clean.calls; k += stride) {
          const value = NOT_FINITE[k % NOT_FINITE.length]!;
          const ended = fit(subject, { model: (call, right) => (isHit(call, k) ? value : right) });
          const sweeps = subject.jacobian === undefined && stride > 10 ? subjectSweeps(subject) : 1;
          if (k <= points || (ended.result === undefined && forEver && k <= sweeps * points)) {
            assert.equal((ended.error as { code?: unknown }).code, 'ERR_LBFGS_NON_FINITE_START');
            continue;
          }
          assertSound(subject, ended);
          const { converged, status, message, rss } = ended.result!;
          if (!forEver && subject.options.maxIter === undefined) assert.ok(converged, `call ${k}: ${message}`);
          if (!forEver && subject.options.loss === undefined && converged) {
            assert.ok(rss <= clean.result!.rss * (1 + 1e-3), `${rss} at call ${k}`);
          }
          if (forEver) assert.match(status, /^(line_search_failed|converged_(loss|slope)|non_finite|max_iter)$/);
          assertCleanIfShort();
        }
      });

      if (subject.jacobian !== undefined) {
        it(`a derivative that is not finite, ${duration}, is refused at the start and ends the fit later`, () => {
          const names = Object.keys(subject.start);
          for (let k = 1; k <= clean.jacobianCalls; k += stride) {
            const value = NOT_FINITE[k % NOT_FINITE.length]!;
            const name = names[k % names.length]!;
            const ended = fit(subject, {
              jacobian: (call, out) => {
                if (isHit(call, k)) out[name] = value;
              },
            });
            if (k <= points) {
              const { code, message } = ended.error as { code?: unknown; message: string };
              assert.equal(code, 'ERR_LBFGS_CLOSURE_RESULT');
              assert.match(
                message,
                new RegExp(`a finite number into out.${name} at data.x\\[${k - 1}\\] but received`),
              );
              continue;
            }
            assertSound(subject, ended);
            assertCleanIfShort();
          }
        });
      }
    }

    it('an error at any call comes out as it is', () => {
      for (const which of ['model', 'jacobian'] as const) {
        const calls = which === 'model' ? clean.calls : clean.jacobianCalls;
        for (let k = 1; k <= calls; k += stride) {
          const error = new Error('out of data');
          const strike = (call: number): void => {
            if (call === k) throw error;
          };
          const fault: FitFault = { [which]: (call: number, value: number) => (strike(call), value) };
          const ended = fit(subject, fault);
          assert.equal(ended.error, error);
          assert.equal(which === 'model' ? ended.calls : ended.jacobianCalls, k);
          assertCleanIfShort();
        }
      }
    });

    it('an abort at any call brings out its reason once all points have been asked for', () => {
      for (let k = 1; k <= clean.calls; k += stride) {
        const controller = new AbortController();
        const reason = new Error('enough');
        const model = (call: number, value: number): number => {
          if (call === k) controller.abort(reason);
          return value;
        };
        const ended = fit(subject, { model }, { signal: controller.signal });
        assert.equal(ended.error, reason);
        assert.ok(ended.calls - k < points * subjectSweeps(subject), `${ended.calls - k} calls later`);
        assertCleanIfShort();
      }
    });

    it('false from onIteration ends at any iteration, and its error comes out', () => {
      const { iterations } = clean.result!;
      assert.ok(iterations >= 1);
      for (let last = 1; last <= Math.min(iterations, stride < 10 ? Infinity : 2); last++) {
        const onIteration: CurveFitOptions['onIteration'] = ({ iteration }) => iteration < last;
        const ended = fit(subject, {}, { onIteration });
        assertSound(subject, ended);
        assert.deepEqual([ended.result!.status, ended.result!.iterations], ['stopped', last]);
        const error = new Error('in onIteration');
        const thrown = fit(
          subject,
          {},
          {
            onIteration: ({ iteration }) => {
              if (iteration === last) throw error;
            },
          },
        );
        assert.equal(thrown.error, error);
        assertCleanIfShort();
      }
    });

    it('a time limit that is over ends at the start', () => {
      const ended = fit(subject, {}, { timeLimit: Number.MIN_VALUE });
      assertSound(subject, ended);
      assert.deepEqual([ended.result!.status, ended.result!.iterations], ['time_limit', 0]);
      for (const [name, { value }] of Object.entries(subject.start)) assert.equal(ended.result!.params[name], value);
    });
  });
}

/** How often the model is called at each point before a fit looks at its signal again, at most. */
function subjectSweeps({ start, jacobian, stride }: Fit): number {
  return jacobian === undefined && stride > 10 ? 2 * Object.keys(start).length + 1 : 1;
}
