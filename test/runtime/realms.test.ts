import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import type * as lbfgs from 'lbfgs';

const dist = path.resolve(__dirname, '..', '..', 'dist');

/** The package as Jest loads it: in a context of its own, with the language's classes of that context. */
function loadInContext(): { library: typeof lbfgs; run: (code: string) => unknown } {
  const context = vm.createContext({ process, console, AbortSignal, setImmediate });
  const run = (code: string, filename?: string): unknown =>
    vm.runInContext(code, context, filename === undefined ? {} : { filename });
  const modules = new Map<string, { exports: object }>();
  const load = (file: string): object => {
    const loaded = modules.get(file);
    if (loaded !== undefined) return loaded.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const code = fs.readFileSync(file, 'utf8');
    const define = run(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, file) as (
      ...args: unknown[]
    ) => void;
    const fromNode = createRequire(file);
    // The library is one file, or, where its coverage is counted, many.
    const require = (name: string): unknown =>
      name.startsWith('.') ? load(path.resolve(path.dirname(file), `${name}.js`)) : fromNode(name);
    define(module.exports, require, module, file, path.dirname(file));
    return module.exports;
  };
  return { library: load(path.join(dist, 'index.js')) as typeof lbfgs, run };
}

describe('the package in a context of node:vm', () => {
  const { library, run } = loadInContext();
  const { LBFGS, Parameter, minimize } = library;
  const RangeErrorThere = run('RangeError') as ErrorConstructor;
  const TypeErrorThere = run('TypeError') as ErrorConstructor;

  it('throws errors of that context, also where memory cannot be had', () => {
    const hugeHistory = (): unknown => new LBFGS([new Parameter([1, 2])], { historySize: 2 ** 52 });
    assert.throws(hugeHistory, (error) => error instanceof RangeErrorThere && !(error instanceof RangeError));
    assert.throws(hugeHistory, { code: 'ERR_LBFGS_OUT_OF_MEMORY', message: /bytes could not be had/ });
    assert.throws(
      () => minimize(() => 1, [1], { historySize: 0 }),
      (error) => error instanceof RangeErrorThere,
    );
    assert.throws(
      () => minimize(() => '1' as unknown as number, [1]),
      (error) => error instanceof TypeErrorThere,
    );
  });

  it('throws them where the memory of a step, or of a state that is loaded, cannot be had', async () => {
    const parameter = new Parameter([1, 2]);
    const optimizer = new LBFGS([parameter], { historySize: 3 });
    const state = optimizer.stateDict();
    state.param_groups[0].history_size = 2 ** 52;
    const isThere = (error: unknown): boolean => error instanceof RangeErrorThere;
    assert.throws(() => {
      optimizer.loadStateDict(state);
    }, isThere);
    optimizer.paramGroups[0].historySize = 2 ** 52;
    assert.throws(() => optimizer.step(() => 0), isThere);
    await assert.rejects(
      optimizer.stepAsync(() => 0),
      isThere,
    );
  });

  it('solves', () => {
    const { x } = minimize(
      ([a], gradient) => {
        gradient[0] = 2 * (a! - 3);
        return (a! - 3) ** 2;
      },
      [0],
    );
    assert.ok(Math.abs(x[0]! - 3) < 1e-6);
  });
});
