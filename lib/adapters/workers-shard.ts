// The program of a worker. scripts/bundle.mjs puts its text into dist/workers.js, so that neither a bundler nor an
// archive has to bring a file of this package along. It imports nothing but types, and nothing statically: then the
// text runs as a script and, under `node --input-type=module`, as a module.

import type { ShardAnswer, ShardStart } from './workers-messages';

type UserFunction = (...args: unknown[]) => unknown;

async function run(): Promise<void> {
  const threads = await import('node:worker_threads');
  const { lbfgsShard } = threads.workerData as { lbfgsShard: ShardStart };
  const { port, module, shard, shards, data, x, gradient } = lbfgsShard;
  const answer = async (work: () => Promise<ShardAnswer>): Promise<ShardAnswer['kind']> => {
    let found: ShardAnswer;
    try {
      found = await work();
    } catch (error) {
      found = { kind: 'thrown', thrown: cloneable(error), properties: propertiesOf(error) };
    }
    try {
      port.postMessage(found);
    } catch (error) {
      port.postMessage({
        kind: 'thrown',
        thrown: new Error(`A shard threw what cannot be cloned: ${String(error)}`),
        properties: [],
      });
    }
    return found.kind;
  };

  let evaluate: UserFunction = () => undefined;
  const begun = await answer(async () => {
    const setup = setupOf((await import(module)) as { default?: unknown });
    if (typeof setup !== 'function') return { kind: 'misfit', misfit: 'export', received: kindOf(setup) };
    const made = await (setup as UserFunction)({ shard, shards, data });
    if (typeof made !== 'function') return { kind: 'misfit', misfit: 'evaluate', received: kindOf(made) };
    evaluate = made as UserFunction;
    return { kind: 'ready' };
  });
  if (begun !== 'ready') {
    // The thread runs until it is terminated, so that the main thread receives this answer before an exit.
    port.on('message', () => undefined);
    return;
  }

  // User code gets memory of its own: some libraries refuse shared memory, and a write to x must not reach others.
  const ownX = new Float64Array(x.length);
  const ownGradient = new Float64Array(x.length);
  port.on('message', () => {
    void answer(async () => {
      ownX.set(x);
      ownGradient.fill(0);
      const loss = await evaluate(ownX, ownGradient);
      if (typeof loss !== 'number') return { kind: 'misfit', misfit: 'loss', received: kindOf(loss) };
      gradient.set(ownGradient);
      return { kind: 'loss', loss };
    });
  });
}

/** The default export; of a CommonJS module that a compiler made of an ES module, its `exports.default`. */
function setupOf(module: { default?: unknown }): unknown {
  const { default: setup } = module;
  if (typeof setup !== 'object' || setup === null) return setup;
  const { __esModule: isCompiled, default: inner } = setup as { __esModule?: unknown; default?: unknown };
  return isCompiled === true ? inner : setup;
}

/** The value, or an error in its place that says the same where the value would not survive a clone. */
function cloneable(thrown: unknown): unknown {
  try {
    const isKept = !(thrown instanceof Error) || structuredClone(thrown) instanceof Error;
    if (isKept) return thrown; // some versions of Node clone a DOMException into something else
  } catch {
    // an error without a clone
  }
  const { message, stack } = thrown as Error;
  return Object.assign(new Error(message), { stack });
}

/** The properties of an error that a clone loses: its code, for instance. Those that cannot be cloned are left out. */
function propertiesOf(error: unknown): [name: string, value: unknown][] {
  if (!(error instanceof Error)) return [];
  const names = new Set([...Object.getOwnPropertyNames(error), 'name', 'code']);
  names.delete('message');
  names.delete('stack');
  return Array.from(names).flatMap((name): [string, unknown][] => {
    try {
      const value = (error as unknown as Record<string, unknown>)[name];
      structuredClone(value);
      return value === undefined ? [] : [[name, value]];
    } catch {
      return [];
    }
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const kind = typeof value;
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

void run();
