// Who solves: this package and its peers, each as the command line of a process of its own.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimize, type MinimizeOptions } from 'lbfgs';
import { asBinary, problemNamed, type ProblemName } from './problems';

const PYTHON = '/usr/bin/python3'; // the one that Debian's packages are for

/** Curvature pairs that every subject keeps, and the iterations after which it has to give up. */
const LIMITS = ['10', '10000'] as const;

export interface Subject {
  readonly name: string;
  /** Why it cannot run; absent where it can. */
  readonly missing?: string;
  readonly command: (problem: ProblemName, targets: readonly number[]) => readonly string[];
}

/** Is the option there? Before it was, it was refused as unknown. */
export function hasHistoryDtype(): boolean {
  const options: MinimizeOptions & { historyDtype: 'float32' } = { historyDtype: 'float32' };
  try {
    minimize((_, gradient) => (gradient[0] = 0), [0], options);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_LBFGS_UNKNOWN_OPTION') return false;
    throw error;
  }
}

/** All subjects; what is compiled, and the problems' data, go into `folder`. */
export function subjectsIn(folder: string, problems: readonly ProblemName[]): Subject[] {
  const dataOf = (problem: ProblemName): string => join(folder, `${problem}.bin`);
  for (const problem of problems) writeFileSync(dataOf(problem), asBinary(problemNamed(problem)));
  const common = (problem: ProblemName, targets: readonly number[]): string[] => [
    ...[problem, dataOf(problem), ...LIMITS, String(problemNamed(problem).toleranceGrad)],
    ...targets.map((target) => target.toPrecision(17)),
  ];

  const ours = (historyDtype: string, name: string, missing?: string): Subject => ({
    name,
    ...(missing !== undefined && { missing }),
    command: (problem, targets) => [
      ...[process.execPath, '--require', 'tsx/cjs', join(__dirname, 'subject.ts')],
      ...[historyDtype, problem, ...LIMITS, ...targets.map(String)],
    ],
  });

  const compiled = (name: string, source: string): Subject => {
    const program = join(folder, source);
    const missing = compile(`${source}.cpp`, program);
    return { name, ...missing, command: (problem, targets) => [program, ...common(problem, targets)] };
  };

  const meter = join(folder, 'meter.so');
  const meterMissing = compile('meter.cpp', meter, '-shared', '-fPIC');
  const python = (name: string, which: string, module: string): Subject => {
    const isThere = spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
    const missing = meterMissing ?? (isThere ? undefined : { missing: `no ${module}` });
    return {
      name,
      ...missing,
      command: (problem, targets) => [
        ...[PYTHON, join(__dirname, 'subject.py'), which, meter],
        ...common(problem, targets),
      ],
    };
  };

  return [
    ours('float64', 'ours'),
    ours('float32', 'ours, float32 history', hasHistoryDtype() ? undefined : 'not available in this build'),
    compiled('libLBFGS', 'liblbfgs'),
    compiled('LBFGS++', 'lbfgspp'),
    python('SciPy', 'scipy', 'scipy.optimize'),
    python('torch', 'torch', 'torch'),
  ];
}

/** Compiles one file of this folder; what stands in the way, if anything does. */
function compile(source: string, to: string, ...flags: string[]): { missing: string } | undefined {
  // No contraction to fused multiply-adds: the losses are then those of JavaScript.
  const how = [
    '-std=c++20',
    '-O3',
    '-march=native',
    '-DNDEBUG',
    '-ffp-contract=off',
    '-I/usr/include/eigen3',
    ...flags,
  ];
  const libraries = source === 'liblbfgs.cpp' ? ['-llbfgs'] : [];
  const { status, stderr, error } = spawnSync('g++', [...how, join(__dirname, source), '-o', to, ...libraries], {
    encoding: 'utf8',
  });
  if (error) return { missing: 'no g++' };
  if (status === 0) return undefined;
  const absent = /(\S+): No such file or directory|cannot find (-l\S+)/.exec(stderr);
  if (!absent) throw new Error(stderr);
  return { missing: `no ${absent[1] ?? absent[2]}` };
}
