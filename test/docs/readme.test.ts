import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, ROOT } from './blocks';
import { checkShown } from './pages';
import { placeOf } from './place';
import { withFolder } from './programs';

describe('README.md', () => {
  const programs = blocksOf('README.md', 'js');
  const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
  const readme = read('README.md').replaceAll(/\s+/g, ' ');

  it('prints what the comment under its program shows, to the last digit', () =>
    withFolder((folder) => checkShown(placeOf(folder), 'README.md', 'first.mjs')));

  it('has no other program that is not run', () => {
    assert.equal(programs.length, 1);
  });

  it('counts the solved problems as the tables of docs/accuracy.md do', () => {
    const accuracy = read('docs/accuracy.md');
    const solved = (library: string): number => {
      const rows = Array.from(accuracy.matchAll(new RegExp(`^\\| ${library} \\| \\d+ / (\\d+) / \\d+ \\|`, 'gm')));
      assert.equal(rows.length, 2, library);
      return rows.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const [ours, libLBFGS, torch, scipy] = ['ours', 'libLBFGS', 'torch', 'SciPy'].map(solved);
    const all = Array.from(accuracy.matchAll(/^\*\*.*\*\*, (\d+) problems:$/gm)).reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
    const sentence = `solves ${ours} of ${all} test problems to a relative accuracy of 1e-6, libLBFGS ${libLBFGS}, torch ${torch}, SciPy ${scipy}`;
    assert.ok(readme.includes(sentence), sentence);
  });

  it('has the times of docs/performance.md', () => {
    const timesOf = (library: string): number[] => {
      const row = read('docs/performance.md')
        .split('\n')
        .find((line) => line.startsWith(`| ${library} |`))!;
      const cells = row.split('|').map((cell) => parseFloat(cell));
      return [cells[2]!, Math.round(cells[6]!)]; // n = 10 in µs, n = 10^6 in ms
    };
    const [[small, large], [torchSmall, torchLarge]] = [timesOf('lbfgs'), timesOf('torch')] as [number[], number[]];
    for (const words of [
      `takes ${small} µs, in torch ${torchSmall} µs`,
      `takes ${large} ms, in torch ${torchLarge} ms`,
    ])
      assert.ok(readme.includes(words), words);
  });

  it('says of publication what the other pages say', () => {
    for (const page of ['README.md', 'docs/installing.md', 'docs/comparison.md', 'docs/.vitepress/pages/index.md']) {
      const words = read(page)
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/\s+/g, ' ');
      assert.ok(words.includes('The package is not published yet: use a clone.'), page);
    }
  });

  it('has the way to a clone where links to it lead, also on the home page of the site', () => {
    for (const page of ['README.md', 'docs/.vitepress/pages/index.md']) {
      assert.match(read(page), /\n## Install\n(?:(?!\n## )[^])*\ngit clone /, page);
    }
  });

  it('says of its picture what the picture says', () => {
    const picture = read('docs/images/mauna-loa.svg');
    const [, target, evaluations] = /L-BFGS: (\S+) ppm after (\d+) evaluations/.exec(picture)!;
    assert.ok(readme.includes(`an error of ${target} ppm after ${evaluations} evaluations`));
    assert.ok(picture.includes('Adam, best learning rate (0.01): not in 20,000'));
  });
});
