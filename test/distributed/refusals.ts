import assert from 'node:assert/strict';

/** The call throws an error with this code and a message that matches. */
export function refusesWith(call: () => unknown, code: string, message: RegExp): void {
  assert.throws(call, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, message);
    return true;
  });
}
