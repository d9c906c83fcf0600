// Every public member of LBFGS, found by reflection, and how it is called.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { LBFGS, Parameter, type ErrorCode } from 'lbfgs';
import { untyped } from '../../problems/refusal';
import type { World } from './world';

interface Call {
  readonly how: string;
  /** What it is refused without: an optimiser at rest, or one that has not been disposed of. */
  readonly needs: 'rest' | 'use' | 'nothing';
  /** The code of the refusal, where the arguments are at fault. */
  readonly fault?: ErrorCode;
  /** Whether it changes the count of evaluations where it is refused: the closure has been called. */
  readonly counts?: boolean;
  /** Whether it leaves all that can be seen as it was. */
  readonly pure?: boolean;
  readonly run: (world: World) => unknown;
}

const alone = (how: string, run: Call['run'], fault?: ErrorCode): Call => ({
  how,
  needs: 'rest',
  run,
  ...(fault && { fault }),
});
const looking = (how: string, needs: Call['needs'], run: Call['run']): Call => ({ how, needs, pure: true, run });

type Register = Extract<keyof LBFGS, `register${string}`>;
const registering = (name: Register): readonly Call[] => [
  looking('a hook', 'nothing', ({ optimizer }) => optimizer[name](() => undefined)),
  looking('a hook that is removed', 'nothing', ({ optimizer }) => {
    optimizer[name](() => undefined).remove();
  }),
  {
    ...looking('no function', 'nothing', ({ optimizer }) => optimizer[name](untyped('hook'))),
    fault: 'ERR_LBFGS_ARG_TYPE',
  },
];

async function loop({ optimizer, closure }: World, most: number): Promise<void> {
  let seen = 0;
  for await (const info of optimizer.iterate(closure)) {
    assert.ok(Number.isFinite(info.loss));
    if (++seen === most) break;
  }
}

/** By the member's name. */
const TABLE: Readonly<Record<string, readonly Call[]>> = {
  lastStep: [looking('read', 'nothing', ({ optimizer }) => optimizer.lastStep)],
  step: [
    alone('a closure', ({ optimizer, closure }) => optimizer.step(closure)),
    alone('an aborted signal', ({ optimizer, closure }) => {
      const signal = AbortSignal.abort(new RangeError('stopped'));
      assert.throws(() => optimizer.step(closure, { signal }), codeOr(signal.reason));
    }),
    alone('no closure', ({ optimizer }) => optimizer.step(untyped(undefined)), 'ERR_LBFGS_ARG_TYPE'),
    alone(
      'an unknown option',
      ({ optimizer, closure }) => optimizer.step(closure, untyped({ sgnal: 1 })),
      'ERR_LBFGS_UNKNOWN_OPTION',
    ),
    {
      ...alone(
        'a closure without a loss',
        ({ optimizer }) => optimizer.step(untyped(() => '1')),
        'ERR_LBFGS_CLOSURE_RESULT',
      ),
      counts: true,
    },
  ],
  stepAsync: [
    alone('a closure', ({ optimizer, closure }) => optimizer.stepAsync(closure)),
    alone('an asynchronous closure', ({ optimizer, closure }) => optimizer.stepAsync(() => Promise.resolve(closure()))),
    alone('no closure', ({ optimizer }) => optimizer.stepAsync(untyped(undefined)), 'ERR_LBFGS_ARG_TYPE'),
  ],
  iterate: [
    alone('to the end', (world) => loop(world, Infinity)),
    alone('and left at once', (world) => loop(world, 1)),
    alone('no closure', ({ optimizer }) => optimizer.iterate(untyped(undefined)).next(), 'ERR_LBFGS_ARG_TYPE'),
    looking('and never begun', 'nothing', ({ optimizer, closure }) => optimizer.iterate(closure).return(0)),
  ],
  zeroGrad: [
    {
      how: 'to null',
      needs: 'nothing',
      run: ({ optimizer }) => {
        optimizer.zeroGrad();
      },
    },
    {
      how: 'to zeros',
      needs: 'nothing',
      run: ({ optimizer }) => {
        optimizer.zeroGrad(false);
      },
    },
  ],
  addParamGroup: [
    alone('a new parameter', ({ optimizer }) => {
      optimizer.addParamGroup({ params: [new Parameter([9, 4])] });
    }),
    alone(
      'one that is there',
      ({ optimizer }) => {
        optimizer.addParamGroup({ params: [optimizer.paramGroups[0].params[0]!] });
      },
      'ERR_LBFGS_DUPLICATE_PARAMETER',
    ),
  ],
  state: [looking('read', 'use', ({ optimizer }) => optimizer.state)],
  stateDict: [looking('taken', 'use', ({ optimizer }) => optimizer.stateDict())],
  loadStateDict: [
    alone('a fresh one', ({ optimizer }) => {
      const params = Array.from(optimizer.paramGroups[0].params.keys());
      optimizer.loadStateDict({ state: {}, param_groups: [untyped({ params })] });
    }),
    alone(
      'one that fails at its end',
      ({ optimizer }) => {
        const params = Array.from(optimizer.paramGroups[0].params.keys());
        const state = { n_iter: 1, func_evals: 1, t: 1, H_diag: 1, prev_loss: 1, d: new Float64Array(1) };
        optimizer.loadStateDict({ state: { 0: state }, param_groups: [untyped({ params, lr: 0.5 })] });
      },
      'ERR_LBFGS_STATE_DICT',
    ),
  ],
  registerStepPreHook: registering('registerStepPreHook'),
  registerStepPostHook: registering('registerStepPostHook'),
  registerStateDictPreHook: registering('registerStateDictPreHook'),
  registerStateDictPostHook: registering('registerStateDictPostHook'),
  registerLoadStateDictPreHook: registering('registerLoadStateDictPreHook'),
  registerLoadStateDictPostHook: registering('registerLoadStateDictPostHook'),
  [String(Symbol.dispose)]: [
    alone('called', ({ optimizer }) => {
      optimizer[Symbol.dispose]();
    }),
  ],
  [String(inspect.custom)]: [looking('shown', 'nothing', ({ optimizer }) => inspect(optimizer))],
  paramGroups: [
    {
      how: 'an option assigned',
      needs: 'nothing',
      run: ({ optimizer }) => (optimizer.paramGroups[0].historySize = 7),
    },
    {
      ...looking('a wrong option assigned', 'nothing', ({ optimizer }) => (optimizer.paramGroups[0].lr = NaN)),
      fault: 'ERR_LBFGS_ARG_VALUE',
    },
  ],
  defaults: [looking('read', 'nothing', ({ optimizer }) => ({ ...optimizer.defaults }))],
};

/** The refusal of an optimiser that is not at rest goes on; else it is this error. */
function codeOr(reason: unknown) {
  return (error: unknown): boolean => {
    if (error !== reason) throw error;
    return true;
  };
}

/** Names of all public members, of the prototype and of the object itself. */
export function members(): string[] {
  const object = new LBFGS([new Parameter([1])]);
  const keys = [...Reflect.ownKeys(LBFGS.prototype), ...Reflect.ownKeys(object)];
  return keys.filter((key) => key !== 'constructor').map(String);
}

export const TABLED = Object.keys(TABLE);
export type TabledCall = Call & { readonly member: string };
export const CALLS: readonly TabledCall[] = Object.entries(TABLE).flatMap(([member, calls]) =>
  calls.map((call) => ({ member, ...call })),
);
