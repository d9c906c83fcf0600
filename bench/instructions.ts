// npm run bench:instructions: how many instructions an iteration of the core takes, the history full, by callgrind (Debian: valgrind). It
// knows no AVX-512: the kernels are those for AVX2.

import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..');
const BUILD = path.join(ROOT, 'build-bench', 'instructions');
const PROGRAM = path.join(BUILD, 'instructions');
const HISTORY = 10;
const ITERATIONS = 31; // the first one is not counted

const call = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });

function build(): void {
  call('cmake', '-S', ROOT, '-B', BUILD, '-DCMAKE_BUILD_TYPE=Release');
  call('cmake', '--build', BUILD, '--target', 'lbfgs_core', '--parallel', '2');
  const include = ['native', 'native/vendor/eigen'].flatMap((folder) => ['-I', path.join(ROOT, folder)]);
  const library = path.join(BUILD, 'liblbfgs_core.a');
  call(
    'g++',
    '-O2',
    '-std=c++20',
    ...include,
    path.join(__dirname, 'instructions.cpp'),
    library,
    '-pthread',
    '-o',
    PROGRAM,
  );
}

function instructions(size: number, bits: 32 | 64): number {
  const valgrind = ['--tool=callgrind', '--toggle-collect=core_work', '--callgrind-out-file=/dev/null'];
  const args = [...valgrind, PROGRAM, ...[size, HISTORY, bits, ITERATIONS].map(String)];
  const { error, stderr, status } = spawnSync('valgrind', args, { encoding: 'utf8' });
  if (error)
    throw new Error('Expected valgrind but it does not start; on Debian: apt-get install valgrind', { cause: error });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || collected === undefined)
    throw new Error(`Expected a count from callgrind but received: ${stderr}`);
  return Number(collected) / (ITERATIONS - 1);
}

build();
console.log(
  `Instructions of an iteration, m = ${HISTORY}, history full:\n\n| n | float64 | float32 |\n| --- | --- | --- |`,
);
for (const size of [2, 10, 100, 1000, 10_000]) {
  const counts = ([64, 32] as const).map((bits) => Math.round(instructions(size, bits)).toLocaleString('en'));
  console.log(`| ${size} | ${counts.join(' | ')} |`);
}
