import assert from 'node:assert/strict';
import { blocksOf } from './blocks';
import { checkSecond, checkShown } from './pages';
import { placeOf } from './place';
import { outputOfModule, withFolder } from './programs';

describe('README.md', () => {
  const programs = blocksOf('README.md', 'js');
  const programWith = (words: string): string => {
    const [program, ...others] = programs.filter((code) => code.includes(words));
    assert.ok(program !== undefined && others.length === 0, `one program with '${words}'`);
    return program;
  };

  it('prints what the comment under the first program shows, to the last digit', () =>
    withFolder((folder) => checkShown(placeOf(folder), 'README.md', 'first.mjs')));

  it('trains the second program to weights of 1, 2, 3 and a bias of 0, ever lower', async () => {
    const report = '\nconsole.log(JSON.stringify({ ...optimizer.lastStep, values: [...weights.data, ...bias.data] }));';
    const lines = (await outputOfModule('second.mjs', programWith('// second.mjs') + report)).trim().split('\n');
    const { converged, loss, values } = JSON.parse(lines.pop()!) as {
      converged: boolean;
      loss: number;
      values: number[];
    };
    assert.ok(converged);
    assert.ok(loss < 1e-8, String(loss));
    for (const [index, value] of values.entries())
      assert.ok(Math.abs(value - [1, 2, 3, 0][index]!) < 1e-3, String(values));
    const losses = lines.slice(0, 5).map(Number);
    assert.ok(
      losses.every((each, epoch) => epoch === 0 || each <= losses[epoch - 1]!),
      String(losses),
    );
  });

  it('prints the last line that the comment under the second program shows, to the last digit', () =>
    withFolder((folder) => checkSecond(placeOf(folder))));

  it('has no other program that is not run', () => {
    assert.equal(programs.length, 2);
  });
});
