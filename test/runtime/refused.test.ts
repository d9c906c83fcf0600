import assert from 'node:assert/strict';
import { runProgram } from './processes';

describe('an asynchronous function that fails, where a synchronous one belongs', () => {
  it('is refused, and its rejection ends no process', async () => {
    assert.equal(await runProgram('rejected-promise'), 'ERR_LBFGS_CLOSURE_RESULT ERR_LBFGS_CLOSURE_RESULT');
  });
});

describe('a detached array', () => {
  it('is refused with a code also by compiled code', async () => {
    assert.equal(await runProgram('detached-compiled'), '0');
  });
});
