import assert from 'node:assert/strict';
import { checkGradient, LBFGS, minimize, Parameter, type LBFGSError } from 'lbfgs';
import { untyped } from '../problems/refusal';

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Values that throw, or show more than one line, where an error message is made of them without care. */
const AWKWARD: Record<string, () => unknown> = {
  'an object whose tag throws': () => ({
    get [Symbol.toStringTag](): string {
      throw new Error('mine');
    },
  }),
  'an object whose tag is no string': () => ({ [Symbol.toStringTag]: Symbol('tag') }),
  'an object whose tag has lines': () => ({ [Symbol.toStringTag]: 'a\nb' }),
  'a revoked Proxy': () => revoked({}),
  'a revoked Proxy of an array': () => revoked([]),
  'a revoked Proxy of a function': () => revoked(() => 1),
  'a Proxy whose traps throw': () =>
    new Proxy([1], {
      get: () => {
        throw new Error('mine');
      },
    }),
  'a string of two lines': () => 'a\nb',
  'a string with a carriage return and a line separator': () => 'a\r\u2028b',
  'a symbol of two lines': () => Symbol('a\nb'),
};

function assertCoded(thrown: unknown): true {
  const { code, message } = thrown as LBFGSError;
  assert.ok(thrown instanceof TypeError || thrown instanceof RangeError, String(thrown));
  assert.match(code, /^ERR_LBFGS_/);
  assert.match(message, /^Expected [^\n\r\u2028\u2029]* but received [^\n\r\u2028\u2029]+$/);
  return true;
}

const onePoint = (): Parameter[] => [new Parameter([1])];

describe('an error message', () => {
  for (const [name, make] of Object.entries(AWKWARD)) {
    it(`shows ${name} on one line, running none of its code`, () => {
      const value = untyped(make());
      const optimizer = new LBFGS(onePoint());
      const places: Record<string, () => unknown> = {
        'an option': () => new LBFGS(onePoint(), { lr: value }),
        lineSearchFn: () => new LBFGS(onePoint(), { lineSearchFn: value }),
        'an assigned option': () => (optimizer.paramGroups[0].maxIter = value),
        'the result of a closure': () => optimizer.step(() => value),
        'the result of fun': () => minimize(() => value, [1]),
        'the result of a checked fun': () => checkGradient(() => value, [1]),
        timeLimit: () => optimizer.step(() => 0, { timeLimit: value }),
        dtype: () => new Parameter([1], { dtype: value }),
        'step of checkGradient': () => checkGradient(() => 0, [1], { step: value }),
      };
      for (const action of Object.values(places)) assert.throws(action, assertCoded);
    });
  }

  it('shows the name of an unknown option on one line', () => {
    assert.throws(() => new LBFGS(onePoint(), untyped({ 'a\nb': 1 })), assertCoded);
  });
});
