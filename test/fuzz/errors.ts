// What may come out of the library when something is wrong.

import assert from 'node:assert/strict';

/** Whether the error is one of the library's own: it has a code. */
export function hasCode(error: unknown): boolean {
  const isError = error instanceof Error || Object.prototype.toString.call(error) === '[object Error]';
  return isError && String((error as { code?: unknown }).code).startsWith('ERR_LBFGS_');
}

/** Throws the error again unless it is the user's own or has a code. */
export function assertDue(error: unknown, own: ReadonlySet<unknown>): void {
  if (own.has(error) || hasCode(error)) return;
  if (own.has('a revoked proxy') && error instanceof TypeError && error.message.includes('revoked')) return;
  throw new assert.AssertionError({
    message: "An error has no code and is not the user's own",
    actual: error,
    operator: 'assertDue',
  });
}
