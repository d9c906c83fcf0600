import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const NUMBER = /-?\d+(?:\.\d+)?/g;

/** The words of an SVG, its tags without their numbers, and these numbers, which are pixels for the most part. */
function partsOf(svg: string): { texts: string[]; tags: string; numbers: number[] } {
  const tags = svg.replaceAll(/>[^<]*</g, '><');
  return {
    texts: Array.from(svg.matchAll(/>([^<]+)</g), ([, text]) => text!.trim()).filter(Boolean),
    tags: tags.replaceAll(NUMBER, '#'),
    numbers: Array.from(tags.matchAll(NUMBER), ([number]) => Number(number)),
  };
}

/** Fails unless a picture of docs/images is the one that was drawn just now: the same words and shapes, each within a pixel. */
export function assertIsPicture(drawn: string, name: string): void {
  const [now, committed] = [drawn, readFileSync(join(IMAGES, name), 'utf8')].map(partsOf);
  assert.deepEqual(now!.texts, committed!.texts);
  assert.ok(now!.tags === committed!.tags, `docs/images/${name} has other shapes than the picture that was drawn now`);
  for (const [i, number] of now!.numbers.entries()) {
    const expected = committed!.numbers[i]!;
    assert.ok(Math.abs(number - expected) <= 1, `docs/images/${name} has ${expected} where ${number} was drawn now`);
  }
}
