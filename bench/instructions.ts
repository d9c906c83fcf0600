// npm run bench:instructions: how many instructions an iteration of the core takes, the history full, by callgrind
// (Debian: valgrind). callgrind knows no AVX-512, so the kernels are those for AVX2.

import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { table } from './output';
import { BUILD } from './subjects';

const ROOT = resolve(__dirname, '..');
const FOLDER = join(BUILD, 'instructions');
const PROGRAM = join(FOLDER, 'instructions');
const HISTORY = 10;
const ITERATIONS = 31; // the first one is not counted

const call = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });

function build(): void {
  call('cmake', '-S', ROOT, '-B', FOLDER, '-DCMAKE_BUILD_TYPE=Release');
  call('cmake', '--build', FOLDER, '--target', 'lbfgs_core', '--parallel', '2');
  const sources = [join(__dirname, 'instructions.cpp'), join(FOLDER, 'liblbfgs_core.a')];
  call('g++', '-O2', '-std=c++20', '-Inative', '-Inative/vendor/eigen', ...sources, '-pthread', '-o', PROGRAM);
}

function instructions(size: number, bits: number): string {
  const valgrind = ['--tool=callgrind', '--toggle-collect=core_work', '--callgrind-out-file=/dev/null'];
  const args = [...valgrind, PROGRAM, ...[size, HISTORY, bits, ITERATIONS].map(String)];
  const { error, stderr, status } = spawnSync('valgrind', args, { encoding: 'utf8' });
  if (error)
    throw new Error('Expected valgrind but it does not start; on Debian: apt-get install valgrind', { cause: error });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || collected === undefined)
    throw new Error(`Expected a count from callgrind but received: ${stderr}`);
  return Math.round(Number(collected) / (ITERATIONS - 1)).toLocaleString('en');
}

build();
const rows = [2, 10, 100, 1000, 10_000].map((n) => [String(n), instructions(n, 64), instructions(n, 32)]);
console.log(
  `Instructions of an iteration, m = ${HISTORY}, history full:\n\n${table(['n', 'float64', 'float32'], rows)}`,
);
