// The addon on CPUs of other makes and ages, emulated: an instruction that the CPU lacks ends the process there.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { nodeIn } from './processes';

const QEMU = 'qemu-x86_64';
const PROGRAM = path.join(__dirname, 'programs', 'every-kernel.mjs');

/** The ordinary build of the addon: a sanitizer's runtime is not for the emulator. */
const ORDINARY = { NODE_OPTIONS: '', LD_PRELOAD: '', LBFGS_PREBUILD: '' };

interface Model {
  /** Of what the kernels are compiled for. qemu emulates no AVX-512. */
  readonly has: string;
  /** LBFGS_INSTRUCTION_SET: one that the model lacks is not to be run. */
  readonly asked?: string;
  readonly runs: string;
}
const MODELS: Readonly<Record<string, Model>> = {
  core2duo: { has: 'no SSE4', runs: 'baseline' },
  Nehalem: { has: 'no AVX', asked: 'avx2', runs: 'baseline' },
  SandyBridge: { has: 'AVX, no AVX2', asked: 'avx2', runs: 'baseline' },
  Haswell: { has: 'AVX2', asked: 'avx512', runs: 'avx2' },
  max: { has: 'all that qemu knows', runs: 'avx2' },
};

/** What every-kernel.mjs prints on this CPU; rejects where it ends badly, with the signal that ended it. */
function runOn(model: string, { asked = '' }: Model): Promise<string> {
  const env = { ...process.env, ...ORDINARY, LBFGS_INSTRUCTION_SET: asked };
  return new Promise((resolve, reject) => {
    execFile(QEMU, ['-cpu', model, process.execPath, PROGRAM], { env }, (error, stdout, stderr) => {
      // stderr alone is no failure: qemu warns of features of the model that it leaves out.
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`on ${model}: ${error.signal ?? error.code}\n${stdout}${stderr}`));
    });
  });
}

const isPlace = process.platform === 'linux' && process.arch === 'x64';
const isThere = isPlace && spawnSync(QEMU, ['--version']).status === 0;

describe('on another CPU', () => {
  if (!isThere && !(isPlace && process.env['CI'])) {
    console.log(`left out: the addon on other CPUs (Linux on x64, ${QEMU}; Debian: apt-get install qemu-user)`);
    return;
  }

  let expected = '';
  const outcomes = new Map<string, PromiseSettledResult<string>>();
  before('side by side', async () => {
    expected = await nodeIn(ORDINARY, PROGRAM);
    const models = Object.entries(MODELS);
    const settled = await Promise.allSettled(models.map(([name, model]) => runOn(name, model)));
    for (const [index, [name]] of models.entries()) outcomes.set(name, settled[index]!);
  });

  for (const [name, { has, asked, runs }] of Object.entries(MODELS)) {
    const though = asked === undefined ? '' : `, though ${asked} is asked for`;
    it(`${name} (${has}), training runs on ${runs} and gives the numbers that it gives here${though}`, () => {
      const outcome = outcomes.get(name)!;
      if (outcome.status === 'rejected') throw outcome.reason;
      const [, digest] = expected.split(' ');
      assert.equal(outcome.value, `${runs} ${digest}`);
    });
  }
});
