import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './blocks';

describe('docs/examples.md', () => {
  const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
  const [, ...sections] = read('docs/examples.md').split(/^## /m);
  const examples = sections.slice(0, -1);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const titleOf = (section: string): string => section.split('\n')[0]!;

  it('has six examples, and smaller ones', () => {
    assert.deepEqual([examples.length, titleOf(sections.at(-1)!)], [6, 'Smaller ones']);
  });

  for (const section of examples) {
    it(`${titleOf(section)}: has a command that is there, a time below two minutes, a picture and a test`, () => {
      const commands = section.split('\n\n')[1]!;
      for (const [, script] of commands.matchAll(/npm (?:run )?([\w:-]+)/g)) assert.ok(scripts[script!], script);
      for (const [, file] of commands.matchAll(/npx tsx (\S+\.ts)/g)) assert.ok(existsSync(join(ROOT, file!)), file);
      assert.match(commands, /`(npm|npx tsx) [^`]+`/);
      const [, seconds] = /, (\d+) s\b/.exec(commands)!;
      assert.ok(Number(seconds) < 120, seconds);
      assert.equal(section.match(/^!\[[^\]]+\]\(images\/\w[\w-]+\.svg\)$/gm)?.length, 1);
      assert.match(section, /\]\(\.\.\/test\/[\w/-]+\.test\.ts\)/);
    });
  }

  it('has the figures of the pictures that no test draws anew', () => {
    const page = read('docs/examples.md').replaceAll(/\s+/g, ' ');
    const [, right] = /\(blue\): (\S+) % right/.exec(read('docs/images/mnist.svg'))!;
    assert.ok(page.includes(`tells ${Number(right).toFixed(1)} % of the test images right`), right);
    const [, adam, lbfgs] = /Adam alone ends at (\S+), L-BFGS at (\S+?)</.exec(read('docs/images/pinn.svg'))!;
    const times = Number(adam) / Number(lbfgs);
    assert.ok(times >= 1e5 && times < 2e5 && page.includes('a hundred thousand times lower'), `${times}`);
  });
});
