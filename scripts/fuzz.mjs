// Runs the fuzz targets, all at the same time: test/fuzz/*.cpp by libFuzzer (clang, with the address and
// undefined-behaviour sanitizers), and state dicts, checkpoints and programs of calls by Node. `npm run fuzz -- 60`
// gives each target that many seconds (60 where absent). libFuzzer begins with the inputs in
// test/fuzz/corpus/<name>.tar.gz (one for each edge of the code, by its -merge=1 -use_counters=0), and writes new ones
// into build-fuzz/corpus/<name>. The script prints how many inputs each target tried, and how to repeat one that
// failed.

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { isThere, root, run, tool } from './run.mjs';

const seconds = Number(process.argv[2] ?? 60);
const build = path.join(root, 'build-fuzz');
const compiler = ['clang++-14', 'clang++'].find(isThere);
const targets = fs
  .readdirSync(path.join(root, 'test', 'fuzz'))
  .filter((file) => file.endsWith('.cpp'))
  .map((file) => path.basename(file, '.cpp'));

if (compiler === undefined) {
  console.error('The fuzz targets need clang (Debian: apt-get install clang-14 libclang-rt-14-dev).');
  process.exit(1);
}
run(process.execPath, [path.join(root, 'scripts', 'fetch-eigen.mjs'), '--optional']);
const generator = isThere('ninja') ? ['-G', 'Ninja'] : [];
const options = ['-DCMAKE_BUILD_TYPE=Release', '-DLBFGS_FUZZ=ON', '-DLBFGS_SANITIZE=address,undefined,fuzzer-no-link'];
run('cmake', ['-S', root, '-B', build, ...generator, `-DCMAKE_CXX_COMPILER=${compiler}`, ...options]);
const programs = targets.map((name) => `fuzz_${name}`);
run('cmake', ['--build', build, '--config', 'Release', '--parallel', '2', '--target', ...programs]);

/**
 * Runs one fuzzer, and prints its number of inputs or its output. Resolves to whether it succeeded.
 * @param {string} name @param {string} command @param {string[]} args
 */
function fuzz(name, command, args) {
  /** @type {Promise<boolean>} */
  const ended = new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
    }
    child.on('error', (error) => (output += String(error)));
    child.on('close', (status) => {
      const executions = /stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1];
      const fine = status === 0 && executions !== undefined;
      if (!fine) console.error(output.slice(-20_000));
      console.log(`fuzz ${name}: ${fine ? `${executions} inputs in ${seconds} s, none that failed` : 'FAILED'}`);
      resolve(fine);
    });
  });
  return ended;
}

const libFuzzer = targets.map((name) => {
  const found = path.join(build, 'corpus', name);
  const kept = path.join(build, 'kept', name);
  for (const folder of [found, kept]) fs.mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', path.join(root, 'test', 'fuzz', 'corpus', `${name}.tar.gz`), '-C', kept]);
  const settings = [`-max_total_time=${seconds}`, '-timeout=10', '-max_len=2048', '-print_final_stats=1', '-seed=1'];
  const artifacts = `-artifact_prefix=${build}/${name}-`;
  return fuzz(name, path.join(build, `fuzz_${name}`), [...settings, artifacts, found, kept]);
});
/**
 * Fuzzers in TypeScript. libFuzzer cannot trace JavaScript, so these mutate inputs by their structure
 * (test/fuzz/mutations.ts).
 */
const structured = ['states', 'safetensors', 'programs'].map((name) =>
  fuzz(name, process.execPath, [
    tool('tsx', 'dist', 'cli.mjs'),
    path.join(root, 'test', 'fuzz', `${name}.ts`),
    String(seconds),
  ]),
);
if (!(await Promise.all([...libFuzzer, ...structured])).every(Boolean)) process.exitCode = 1;
