// Random programs of API calls against a model of what each of them should come to.

import fc from 'fast-check';
import { Machine, type Fault, type Op } from './machine';

const RUNS = { seed: 7, numRuns: 1000 };

const anyFault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom('none', 'throw', 'abort', 'nan', 'infinite gradient', 'stop', 'replace'),
  at: fc.integer({ min: 1, max: 5 }),
});
const assigned = (option: string, fits: boolean, ...values: unknown[]): fc.Arbitrary<Op> =>
  fc.constantFrom(...values).map((value) => ({ do: 'assign', option, value, fits }) as Op);

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('step', 'stepAsync', 'iterate', 'begin'), fault: anyFault }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('settle', 'save', 'load', 'move', 'add', 'add again', 'replace', 'shorten', 'repair'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('zeroGrad' as const), toNull: fc.boolean() }) },
  { weight: 1, arbitrary: assigned('lr', true, 0.01, 0.1, 1) },
  { weight: 1, arbitrary: assigned('maxIter', true, 0, 1, 3, 8) },
  { weight: 1, arbitrary: assigned('maxEval', true, 1, 4, 50) },
  { weight: 1, arbitrary: assigned('historySize', true, 1, 2, 10) },
  { weight: 1, arbitrary: assigned('lineSearchFn', true, null, 'strong_wolfe') },
  { weight: 1, arbitrary: assigned('historyDtype', true, null, 'float32') },
  { weight: 1, arbitrary: assigned('lr', false, NaN, -1, Infinity) },
  { weight: 1, arbitrary: assigned('historySize', false, 0, 1.5) },
);
/** Few programs end early. */
const anyProgram = fc.tuple(
  fc.array(anyOp, { maxLength: 30, size: 'max' }),
  fc.option(fc.constant<Op[]>([{ do: 'dispose' }]), { freq: 4 }),
  fc.array(anyOp, { maxLength: 6, size: 'max' }),
);

describe('a random program of calls', () => {
  const counts = { worked: 0, refused: 0 };

  it('comes to what the model says, and training still reaches the minimum', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram, async ([before, disposal, after]) => {
        const machine = new Machine();
        for (const op of [...before, ...(disposal ?? []), ...after]) await machine.run(op);
        await machine.end();
        counts.worked += machine.counts.worked;
        counts.refused += machine.counts.refused;
      }),
      RUNS,
    );
  });

  after(() => {
    console.log(`      ${RUNS.numRuns} programs: ${counts.worked} calls worked, ${counts.refused} were refused`);
  });
});
