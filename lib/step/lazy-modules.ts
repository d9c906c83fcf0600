// Modules of Node that most programs never need, loaded when they are asked for: each takes as long as a tenth of this
// package. They are not the globals of these names, because test runners replace those by clocks of their own.

/* eslint-disable @typescript-eslint/no-require-imports */
import type * as perfHooks from 'node:perf_hooks';
import type * as timers from 'node:timers';

/** Milliseconds by a clock that never goes back. */
export function now(): number {
  const { performance } = require('node:perf_hooks') as typeof perfHooks;
  return performance.now();
}

/** Resolves once the event loop has turned. */
export function turnOfTheEventLoop(): Promise<void> {
  const { setImmediate } = require('node:timers') as typeof timers;
  return new Promise((resolve) => setImmediate(resolve));
}
