// The kernels are compiled once for each instruction set. A function that two of these objects share by name, such as one of Eigen's
// templates, would be linked from either of them, and could run instructions that the CPU lacks.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const BUILD = path.resolve(__dirname, '..', '..', 'build', 'CMakeFiles');
const isThere = process.platform === 'linux' && existsSync(BUILD) && spawnSync('nm', ['--version']).status === 0;

/** The symbols of an object that other objects can be linked to. */
function sharedSymbols(object: string): string[] {
  const output = execFileSync('nm', ['--defined-only', '--extern-only', '--demangle', object], { encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => line.replace(/^[0-9a-f]+ . /, ''));
}

describe('the objects of the kernels', () => {
  if (!isThere) {
    console.log('left out: the symbols of the kernels (Linux, a build in build/, nm of binutils)');
    return;
  }

  const sets = readdirSync(BUILD).flatMap((name) => /^lbfgs_kernels_(\w+)\.dir$/.exec(name)?.[1] ?? []);

  it('are those of several instruction sets', () => {
    assert.ok(sets.includes('baseline') && sets.length >= 2, sets.join());
  });

  for (const set of sets) {
    it(`share nothing but the table of their own: ${set}`, () => {
      const folder = path.join(BUILD, `lbfgs_kernels_${set}.dir`);
      const objects = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o'));
      assert.ok(objects.length > 0);
      const symbols = objects.flatMap((name) => sharedSymbols(path.join(folder, name)));
      assert.deepEqual(symbols, [`lbfgs::${set}::kernels`]);
    });
  }
});
