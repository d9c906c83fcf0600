import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** The fenced code blocks of a page whose info string (the words after the fence) is this one, in order. */
export function blocksOf(page: string, info: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return Array.from(text.matchAll(/^```(.*)\n([^]*?)^```$/gm))
    .filter(([, words]) => words === info)
    .map(([, , code]) => code ?? '');
}

const NUMBER = /(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])/g;

/** The same words, and numbers that differ by no more than the tolerance, relative to the number or, if it is small, to `least`. */
export function assertSameFigures(actual: string, expected: string, tolerance: number, least = 0): void {
  const wordsOf = (text: string): string => text.replaceAll(NUMBER, '#').trim();
  const numbersOf = (text: string): number[] => Array.from(text.matchAll(NUMBER), ([number]) => Number(number));
  assert.equal(wordsOf(actual), wordsOf(expected));
  const wanted = numbersOf(expected);
  for (const [index, number] of numbersOf(actual).entries()) {
    const scale = Math.max(Math.abs(wanted[index]!), least);
    assert.ok(Math.abs(number - wanted[index]!) <= tolerance * scale, `${actual}\nis not\n${expected}`);
  }
}
