// The launchers of this machine, and programs run by them.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { PLAIN } from '../consumers/consumer';

export interface Launcher {
  readonly name: 'Open MPI' | 'MPICH';
  readonly command: string;
  readonly args: readonly string[];
  readonly abi: string;
  readonly library: string;
}

// More ranks than cores: they yield to each other. A container may have no network besides loopback.
const KNOWN: readonly Launcher[] = [
  {
    name: 'Open MPI',
    command: 'mpirun.openmpi',
    args: ['--oversubscribe', '--bind-to', 'none', '--mca', 'mpi_yield_when_idle', '1', '--mca', 'btl', 'self,vader'],
    abi: 'openmpi',
    library: 'libmpi.so.40',
  },
  { name: 'MPICH', command: 'mpirun.mpich', args: [], abi: 'mpich', library: 'libmpich.so.12' },
];

const isThere = ({ command }: Launcher): boolean => spawnSync(command, ['--version']).status === 0;

/** Debian's launchers as far as they are there; says what is left out. */
export function launchers(what: string): readonly Launcher[] {
  const found = KNOWN.filter(isThere);
  for (const missing of KNOWN.filter((known) => !found.includes(known))) {
    console.log(`left out: ${what} under ${missing.name} (there is no ${missing.command})`);
  }
  return found;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout, sorted: ranks print in any order. */
  readonly lines: readonly string[];
}

/** So that root may run Open MPI, as in containers. */
export const AS_ROOT = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

/** Runs a program of test/mpi/programs and waits until the launcher and all processes that it started have ended. */
export async function launch(
  launcher: Launcher | undefined,
  ranks: number,
  program: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const job = randomUUID();
  const node = [process.execPath, path.join(__dirname, 'programs', program)];
  const command = launcher === undefined ? node : [launcher.command, ...launcher.args, '-n', String(ranks), ...node];
  const env = {
    ...process.env,
    ...PLAIN,
    ...AS_ROOT,
    LBFGS_MPI_LIBRARY: '',
    NO_COLOR: '1',
    ...variables,
    LBFGS_TEST_JOB: job,
  };
  const child = spawn(command[0]!, command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), 50_000);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => {
      resolve(ended);
    });
  });
  clearTimeout(limit);
  await gone(job);
  return { code, signal, stdout, stderr, lines: stdout.trim().split('\n').sort() };
}

/** Resolves once no process has this job in its environment: a launcher may end before the last of them. */
async function gone(job: string): Promise<void> {
  while (processes(job).length > 0) await new Promise((resolve) => setImmediate(resolve));
}

function processes(job: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(job);
    } catch {
      return false; // it has ended, or it is another user's
    }
  });
}

/** Throws unless every rank has printed this, and the job has succeeded. */
export function assertAllPrint(ended: Ended, ranks: number, line: string): void {
  assert.deepEqual(ended.lines, new Array(ranks).fill(line), ended.stderr);
  assert.equal(ended.code, 0, ended.stderr);
}
