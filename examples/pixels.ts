import { ADAM_COLOR, LBFGS_COLOR } from './svg';

/** The shades of each colour. */
export const LEVELS = 8;

/**
 * A square of pixels as parts of an SVG, whose unit is a pixel. Levels above 0, up to LEVELS, are orange, and levels below
 * 0 are blue. A pixel of level 0 stays white.
 */
export function pixels(side: number, levelOf: (pixel: number) => number): string {
  const runs = new Map<number, string>();
  for (let row = 0; row < side; row++) {
    let from = 0;
    while (from < side) {
      const own = levelOf(row * side + from);
      let to = from + 1;
      while (to < side && levelOf(row * side + to) === own) to++;
      if (own !== 0) runs.set(own, `${runs.get(own) ?? ''}M${from} ${row}h${to - from}v1h${from - to}z`);
      from = to;
    }
  }
  const path = ([own, d]: [number, string]): string => {
    const color = own > 0 ? LBFGS_COLOR : ADAM_COLOR;
    return `<path fill="${color}" fill-opacity="${(Math.abs(own) / LEVELS).toFixed(2)}" d="${d}"/>`;
  };
  return [...runs].map(path).join('');
}
