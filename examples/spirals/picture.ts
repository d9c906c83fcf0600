import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LEVELS, pixels } from '../pixels';
import { ADAM_COLOR, LBFGS_COLOR } from '../svg';
import type { Trained } from './train';

const SCALE = 7; // of a pixel, in the picture
const MARGIN = 2; // in pixels, as all sizes are
const FOOT = 5; // for the caption

/** Writes the picture as SVG: the answers of the network as shades of two colours, and the points that it has learnt from. */
export async function writePicture(trained: Trained, caption: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, picture(trained, caption));
}

function picture({ data: { points, labels }, map }: Trained, caption: string): string {
  const side = Math.sqrt(map.length);
  const [width, height] = [side + 2 * MARGIN, side + 2 * MARGIN + FOOT];
  const place = (fraction: number): string => (fraction * side).toFixed(2);
  const dots = [ADAM_COLOR, LBFGS_COLOR].map((color, label) => {
    const places = Array.from(labels.keys())
      .filter((n) => labels[n] === label)
      .map((n) => `M${place((points[2 * n]! + 1) / 2)} ${place((1 - points[2 * n + 1]!) / 2)}h0`);
    return `<path stroke="${color}" stroke-width=".8" stroke-linecap="round" d="${places.join('')}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width * SCALE}" height="${height * SCALE}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    `<g opacity=".55" shape-rendering="crispEdges">`,
    pixels(side, (pixel) => Math.round(LEVELS * (2 * map[pixel]! - 1))),
    '</g>',
    ...dots,
    '</g>',
    `<text x="${width / 2}" y="${height - 2.5}" style="font:1.9px Helvetica,Arial,sans-serif;fill:#495057;text-anchor:middle">${caption}</text>`,
    '</svg>\n',
  ].join('\n');
}
