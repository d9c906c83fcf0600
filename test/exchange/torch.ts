// Debian's PyTorch, as far as the exchange tests need it.

import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** What train.py does: one run of torch.optim.LBFGS. */
export interface Job {
  func: string;
  data: unknown;
  x0: readonly number[];
  dtype: string;
  shapes: readonly (readonly number[])[];
  /** In torch's names. */
  options: Readonly<Record<string, unknown>>;
  /** The parameter that has no gradient. */
  frozen: number | null;
  /** The checkpoint to begin with. */
  load?: string;
  steps: number;
  /** Where to write checkpoints: at the beginning, after the first step, and so on. */
  saves: readonly string[];
}

/** What a run saw. */
export interface Report {
  losses: readonly number[];
  /** Evaluations made up to the beginning, up to the end of the first step, and so on. */
  ends: readonly number[];
}

const python = '/usr/bin/python3';
/** LD_PRELOAD: a sanitizer is meant for the addon. */
const environment = { ...process.env, LD_PRELOAD: '', PYTHONPATH: path.join(__dirname, '../../examples/pytorch') };

/** What the program prints, or undefined if it fails. */
export function runPython(args: readonly string[], input: string): string | undefined {
  const options = { input, env: environment, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const { status, stdout, stderr } = spawnSync(python, ['-B', ...args], options);
  if (stderr) console.error(stderr);
  return status === 0 ? stdout : undefined;
}

/** Whether there is a torch to compare with. */
export function hasTorch(): boolean {
  return spawnSync(python, ['-c', 'import torch'], { env: environment }).status === 0;
}

/** Runs the jobs one after the other. */
export function train(jobs: readonly Job[]): readonly Report[] {
  const reports = runPython([path.join(__dirname, 'train.py')], JSON.stringify(jobs));
  if (reports === undefined) throw new Error('train.py failed');
  return JSON.parse(reports) as Report[];
}
