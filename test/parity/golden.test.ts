import assert from 'node:assert/strict';
import { cases, isModel } from './golden';
import { describeTraces } from './traces';

describe("torch's recorded traces", () => {
  it('are all there', () => {
    assert.equal(cases.length, 105);
    assert.equal(cases.filter(isModel).length, 95);
  });

  describeTraces();
});
