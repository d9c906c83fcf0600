// The subjects of the benchmarks: one program each, built or installed by peers/install.sh.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cell } from './cells';

export interface Subject {
  readonly name: string;
  readonly threads: number;
  readonly command: readonly string[];
  /**
   * Whether one process answers all requests of a round, because starting is slow. Otherwise each request has a new
   * process, because earlier work would slow the subject down.
   */
  readonly lasting: boolean;
  /** Why the subject cannot run here, or null. */
  readonly missing: () => string | null;
  /** Whether iterations are timed in this cell. */
  readonly suits: (cell: Cell) => boolean;
  /** The number of iterations before the timed ones; m + 1 where it is absent. */
  readonly fill?: number;
}

export const OURS = 'ours';
export const OURS_2 = 'ours, 2 threads';
export const OURS_FLOAT32 = 'ours, float32 history';
export const OURS_0_1_0 = 'minimize of 0.1.0';
export const MINIMIZE = 'ours, minimize';
export const PLAIN_JS = 'plain JS';
export const OPTIMIZATION_JS = 'optimization-js (m = 5)';
export const FMIN = 'fmin (conjugate gradients)';
export const NUMERIC = 'numeric (dense BFGS)';

const ROOT = resolve(__dirname, '..');
export const BUILD = join(ROOT, 'build-bench');
const PYTHON = '/usr/bin/python3'; // the one that Debian's packages are for

const always = (): boolean => true;
// Several threads are measured on long vectors only; on shorter ones torch uses one thread whatever it is told.
const isLong = ({ n }: Cell): boolean => n >= 1e4;
const isFloat64 = ({ dtype }: Cell): boolean => dtype === 'float64';
/** The cells for subjects that have no m to choose (m = 10) and take plain arrays (float64). */
const besideTen = ({ m, dtype }: Cell): boolean => m === 10 && dtype === 'float64';

type Suits = Subject['suits'];

const builtIf = (file: string) => (): string | null => (existsSync(file) ? null : 'not built: npm run bench:peers');

function script(name: string, file: string, args: string[], suits: Suits = always, threads = 1): Subject {
  const harness = join(__dirname, 'harness', file);
  const command = [process.execPath, '--require', 'tsx/cjs', '--expose-gc', harness, ...args];
  return { name, threads, command, lasting: false, missing: () => null, suits };
}

function npm(name: string, library: string, most: number): Subject {
  const folder = join(BUILD, 'npm', 'node_modules', library);
  const subject = script(name, 'npm.ts', [library, folder], (cell) => besideTen(cell) && cell.n <= most);
  return { ...subject, missing: builtIf(folder), fill: 6 }; // of optimization-js's five pairs
}

function program(name: string, file: string, threads = 1, suits: Suits = threads === 1 ? always : isLong): Subject {
  const executable = join(BUILD, 'peers', file);
  return { name, threads, command: [executable], lasting: true, missing: builtIf(executable), suits };
}

function python(name: string, library: string, threads = 1, suits: Suits = threads === 1 ? always : isLong): Subject {
  const harness = join(BUILD, 'peers', 'python.so');
  const missing = (): string | null =>
    spawnSync(PYTHON, ['-c', `import ${library}`]).status === 0
      ? builtIf(harness)()
      : 'not installed: npm run bench:peers';
  const command = [PYTHON, join(__dirname, 'peers', 'peers.py'), library, harness];
  return { name, threads, command, lasting: true, missing, suits };
}

const plainJs = script(PLAIN_JS, 'plain.ts', []);
const libLBFGS = program('libLBFGS', 'liblbfgs', 1, isFloat64);
const peers = [
  libLBFGS,
  program('LBFGS++', 'lbfgspp'),
  program('NLopt', 'nlopt', 1, isFloat64),
  python('SciPy', 'scipy', 1, isFloat64),
  python('torch', 'torch'),
];

/** This package as it is built in a clone. */
export const oursOf = (root = ROOT): readonly Subject[] => [
  script(OURS, 'ours.ts', [root, 'LBFGS']),
  script(OURS_2, 'ours.ts', [root, 'LBFGS'], isLong, 2),
  script(OURS_FLOAT32, 'ours.ts', [root, 'LBFGS float32'], isFloat64),
];

/** The subjects whose iterations are timed. */
export const SUBJECTS: readonly Subject[] = [
  ...oursOf(),
  plainJs,
  ...peers,
  python('torch, 2 threads', 'torch', 2),
  program('libtorch', 'libtorch'),
  program('libtorch, 2 threads', 'libtorch', 2),
  npm(OPTIMIZATION_JS, 'optimization-js', 1e5),
  npm(FMIN, 'fmin', 1e5),
  npm(NUMERIC, 'numeric', 100),
];

/** The subjects of whole solves of two variables, which are measured beside the iterations. */
export const SHORT_SOLVERS: readonly Subject[] = [
  script(MINIMIZE, 'ours.ts', [ROOT, 'minimize']),
  script('ours, new LBFGS and one step', 'ours.ts', [ROOT, 'LBFGS']),
  plainJs,
  libLBFGS,
];

/** The subjects of whole solves by a line search. */
export const SOLVERS: readonly Subject[] = [
  script(OURS, 'ours.ts', [ROOT, 'minimize']),
  script(OURS_FLOAT32, 'ours.ts', [ROOT, 'minimize float32']),
  ...peers,
];

/** The subjects that solve a collection of small problems, all in one process. */
export const AT_DEFAULTS: readonly Subject[] = [
  { ...script(OURS, 'ours.ts', [ROOT, 'minimize']), lasting: true },
  { ...script(OURS_0_1_0, 'ours.ts', [ROOT, 'minimize 0.1.0']), lasting: true },
  ...peers,
];

/** The subjects that solve problems with bounds or with an L1 penalty, all in one process. */
export const IN_A_BOX: readonly Subject[] = [
  { ...script(OURS, 'ours.ts', [ROOT, 'minimize']), lasting: true },
  ...peers.filter(({ name }) => name !== 'torch'),
];

/** The machine's own speed, measured as the subjects are. */
export const BANDWIDTH: readonly Subject[] = [1, 2].map((threads) =>
  program(threads === 1 ? 'bandwidth' : `bandwidth, ${threads} threads`, 'bandwidth', threads),
);
