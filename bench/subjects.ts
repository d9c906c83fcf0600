// Who takes part: one program each, built or installed by peers/install.sh.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isWholeSolve, type Cell } from './cells';

export interface Subject {
  readonly name: string;
  readonly threads: number;
  readonly command: readonly string[];
  /** One process for all cells of a round where starting is slow; a fresh one for each cell where what ran before would slow it down. */
  readonly lasting: boolean;
  /** Why it takes no part, or null. */
  readonly missing: () => string | null;
  /** Whether the cell is one for it. */
  readonly suits: (cell: Cell) => boolean;
}

export const OURS = 'ours';
export const OURS_2 = 'ours, 2 threads';
export const OURS_FLOAT32 = 'ours, float32 history';
export const PLAIN_JS = 'plain JS';
export const OPTIMIZATION_JS = 'optimization-js (m = 5)';
export const FMIN = 'fmin (conjugate gradients)';
export const NUMERIC = 'numeric (dense BFGS)';

export const BUILD = resolve(__dirname, '..', 'build-bench');
const PYTHON = '/usr/bin/python3'; // the one that Debian's packages are for
const NOT_BUILT = 'not built: npm run bench:peers';

const always = (): boolean => true;
// What threads cost and bring shows from here on; below, torch takes one thread whatever it is told.
const isLong = ({ n }: Cell): boolean => n >= 1e4;
const isFloat64 = ({ dtype }: Cell): boolean => dtype === 'float64';

function script(
  name: string,
  file: string,
  threads: number,
  args: string[],
  suits: (cell: Cell) => boolean,
  root = resolve(__dirname, '..'),
): Subject {
  const harness = join(root, 'bench', 'harness', file);
  const command = [process.execPath, '--require', 'tsx/cjs', '--expose-gc', harness, ...args];
  return { name, threads, command, lasting: false, missing: () => null, suits };
}

function npm(name: string, library: string, suits: (cell: Cell) => boolean): Subject {
  const folder = join(BUILD, 'npm', 'node_modules', library);
  return {
    ...script(name, 'npm.ts', 1, [library, folder], suits),
    missing: () => (existsSync(folder) ? null : NOT_BUILT),
  };
}

function program(name: string, file: string, threads = 1, suits = threads === 1 ? always : isLong): Subject {
  const executable = join(BUILD, 'peers', file);
  const missing = (): string | null => (existsSync(executable) ? null : NOT_BUILT);
  return { name, threads, command: [executable], lasting: true, missing, suits };
}

function python(name: string, file: string, threads = 1, suits = threads === 1 ? always : isLong): Subject {
  const library = file.split('_')[0]!;
  const missing = (): string | null =>
    spawnSync(PYTHON, ['-c', `import ${library}`]).status === 0 ? null : `not installed: npm run bench:peers`;
  const command = [PYTHON, join(__dirname, 'peers', file)];
  return { name, threads, command, lasting: true, missing, suits };
}

/** Not L-BFGS, or with m fixed: shown beside m = 10, in float64, which is what plain arrays hold. */
const besideTen = ({ m, dtype }: Cell): boolean => m === 10 && dtype === 'float64';

/** This package as it is built in a clone: its own harness takes it from there. */
export const oursOf = (root?: string): readonly Subject[] => [
  script(OURS, 'ours.ts', 1, [], always, root),
  script(OURS_2, 'ours.ts', 2, [], isLong, root),
  script(OURS_FLOAT32, 'ours.ts', 1, ['float32'], isFloat64, root),
];

export const SUBJECTS: readonly Subject[] = [
  ...oursOf(),
  script(PLAIN_JS, 'plain-js.ts', 1, [], always),
  program('libLBFGS', 'liblbfgs', 1, isFloat64),
  program('LBFGS++', 'lbfgspp'),
  program('NLopt', 'nlopt', 1, isFloat64),
  python('SciPy', 'scipy_lbfgsb.py', 1, isFloat64),
  python('torch', 'torch_lbfgs.py'),
  python('torch, 2 threads', 'torch_lbfgs.py', 2),
  program('libtorch', 'libtorch'),
  program('libtorch, 2 threads', 'libtorch', 2),
  npm(OPTIMIZATION_JS, 'optimization-js', (cell) => besideTen(cell) && cell.n <= 1e5),
  npm(FMIN, 'fmin', (cell) => besideTen(cell) && cell.n <= 1e5),
  npm(NUMERIC, 'numeric', (cell) => besideTen(cell) && cell.n <= 100),
];

export const MINIMIZE = 'ours, minimize';

/** Those of whole solves: programs of their own, asked once a round. */
export const WHOLE_SOLVES: readonly Subject[] = [
  script(MINIMIZE, 'whole-solve.ts', 1, ['minimize'], isWholeSolve),
  script('ours, new LBFGS and one step', 'whole-solve.ts', 1, ['LBFGS'], isWholeSolve),
  script(PLAIN_JS, 'whole-solve.ts', 1, ['plain'], isWholeSolve),
  program('libLBFGS', 'liblbfgs_solve', 1, isWholeSolve),
];

/** The machine's own speed, measured as the subjects are. */
export const BANDWIDTH: readonly Subject[] = [
  program('bandwidth', 'bandwidth'),
  program('bandwidth, 2 threads', 'bandwidth', 2),
];
