import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programOf } from './pages';
import { placeOf, writeInto } from './place';
import { withFolder } from './programs';

describe('docs/minimize.md', () => {
  it('has a program of TypeScript that compiles with what tsc --init turns on', () =>
    withFolder(async (folder) => {
      const tsc = (...args: string[]): Promise<unknown> =>
        promisify(execFile)(process.execPath, [require.resolve('typescript/bin/tsc'), ...args], { cwd: folder });
      await tsc('--init');
      assert.match(readFileSync(join(folder, 'tsconfig.json'), 'utf8'), /^ *"noUncheckedIndexedAccess": true/m);
      const program = programOf('docs/minimize.md', 'bounded.mts', 'ts');
      writeInto(placeOf(folder), { 'bounded.mts': program });
      await tsc('--noEmit');
      writeInto(placeOf(folder), { 'bounded.mts': program.replace('x[1]!', 'x[1]') });
      await assert.rejects(tsc('--noEmit'), ({ stdout }: { stdout: string }) => stdout.includes('undefined'));
    }));
});
