import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LEVELS, pixels } from '../pixels';
import { CLASSES, PIXELS } from './softmax.mjs';

const SIDE = Math.sqrt(PIXELS);
const SCALE = 5; // of a pixel, in the picture
const GAP = 6; // between the digits, in pixels of theirs

/** Writes the picture of the weights (PIXELS x CLASSES, row-major) as SVG: what speaks for each digit, and against it. */
export async function writePicture(weights: ArrayLike<number>, caption: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, picture(weights, caption));
}

function picture(weights: ArrayLike<number>, caption: string): string {
  const strongest = Math.max(...Array.from({ length: weights.length }, (_, i) => Math.abs(weights[i]!)));
  const columns = CLASSES / 2;
  const [width, height] = [columns * (SIDE + GAP) + GAP, 2 * (SIDE + GAP + 4) + 10];
  const digits = Array.from({ length: CLASSES }, (_, digit) => {
    const [x, y] = [GAP + (digit % columns) * (SIDE + GAP), 12 + Math.floor(digit / columns) * (SIDE + GAP + 4)];
    const level = (pixel: number): number => Math.round((LEVELS * weights[pixel * CLASSES + digit]!) / strongest);
    return `<g transform="translate(${x} ${y})"><text x="${SIDE / 2}" y="-1.5">${digit}</text>${pixels(SIDE, level)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width * SCALE}" height="${height * SCALE}">`,
    `<style>text{font:5px Helvetica,Arial,sans-serif;fill:#495057;text-anchor:middle}</style>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...digits,
    `<text x="${width / 2}" y="${height - 3}" style="font-size:3.6px">${caption}</text>`,
    '</svg>\n',
  ].join('\n');
}
