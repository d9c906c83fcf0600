// What depends on the machine that runs the tests.

import { readFileSync } from 'node:fs';
import os from 'node:os';

/** The default of `threads`, in the main thread. */
export const THREADS_BY_DEFAULT = Number(process.env['LBFGS_THREADS']) || Math.min(os.availableParallelism(), 8);

/** What each instruction set of native/core/vectors/cpu/kernels/instruction_set.hpp needs, as Linux calls it. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  avx512: ['avx512f', 'avx512vl', 'avx512dq'],
  avx2: ['avx2'],
  baseline: [],
};

/** The instruction sets that this machine can be asked for by LBFGS_INSTRUCTION_SET, and those that it lacks. */
export function instructionSets(): { here: string[]; missing: string[] } {
  const names = Object.keys(FLAGS);
  const flags = process.platform === 'linux' && process.arch === 'x64' ? cpuFlags() : [];
  const here = names.filter((name) => FLAGS[name]!.every((flag) => flags.includes(flag)));
  return { here, missing: names.filter((name) => !here.includes(name)) };
}

function cpuFlags(): string[] {
  const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
  return flags.trim().split(/\s+/);
}

/** The sanitizer whose runtime `npm run sanitize` puts before this process. */
export const SANITIZER = /lib(asan|tsan)/.exec(process.env['LD_PRELOAD'] ?? '')?.[1] as 'asan' | 'tsan' | undefined;
