// The options of createShards, and where its module is.

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, rangeError, typeError } from '../checks/errors';
import { isInteger, isObject, isRecord, pick } from '../checks/own';
import { mismatch, refuseArgument, wrongType } from '../checks/refusals';

const NAMES = ['module', 'length', 'shards', 'data', 'signal'] as const;
/** The most workers, which is more than usual machines have cores. */
const MOST_SHARDS = 1024;

export interface ShardSettings {
  /** The specifier that `import()` takes. */
  readonly module: string;
  readonly length: number;
  readonly shards: number;
  readonly data: unknown;
  readonly signal: AbortSignal | undefined;
}

export function checkShardOptions(options: unknown): ShardSettings {
  if (!isRecord(options)) throw wrongType('an object', 'the options of createShards', options);
  const other = Object.keys(options).find((name) => !NAMES.some((known) => known === name));
  if (other !== undefined) {
    const message = mismatch('a known option', 'createShards', other, `; it knows ${NAMES.join(', ')}`);
    throw typeError('ERR_LBFGS_UNKNOWN_OPTION', message);
  }
  const { module, length, shards = availableParallelism(), data, signal } = pick(options, NAMES);
  if (!isInteger(length, 1)) throw refuseArgument('number', 'an integer >= 1', 'length', length);
  if (!isInteger(shards, 1, MOST_SHARDS)) {
    throw refuseArgument('number', `an integer from 1 to ${MOST_SHARDS}`, 'shards', shards);
  }
  return { module: specifierOf(module), length, shards, data, signal: checkSignal(signal) };
}

/** What `import()` takes for the module. A path that depends on the working directory is refused. */
function specifierOf(module: unknown): string {
  if (typeof module !== 'string') {
    const href = isObject(module) ? (module as Partial<URL>).href : undefined;
    if (typeof href !== 'string') throw wrongType('a URL or a string', 'module', module);
    return href;
  }
  if (path.isAbsolute(module)) return pathToFileURL(module).href;
  if (module === '' || /^\.{1,2}([/\\]|$)/.test(module)) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected a URL, an absolute path or the name of a package for module but received ${describe(module)}; a file ` +
        "beside this one is new URL('./shard.mjs', import.meta.url), or require.resolve('./shard.cjs')",
    );
  }
  return module;
}

/** Looks at the methods and not at the class: a signal may come from a library. */
function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const { aborted, addEventListener, removeEventListener } = (isObject(signal) ? signal : {}) as Partial<AbortSignal>;
  const kinds = [typeof aborted, typeof addEventListener, typeof removeEventListener].join();
  if (kinds !== 'boolean,function,function') throw wrongType('an AbortSignal', 'signal', signal);
  return signal as AbortSignal;
}
