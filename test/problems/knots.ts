// A model of many parameters: the heights of a polyline.

export const KNOTS = 120;
export const names = Array.from({ length: KNOTS }, (_, i) => `c${i}`);
export const hat = (u: number): number => Math.max(0, 1 - Math.abs(u));

/** A line through knots at 0, 1, …: linear in the heights of its knots, of which two count at each x. */
export function polyline(x: number, p: Readonly<Record<string, number>>): number {
  const i = Math.min(Math.floor(x), KNOTS - 2);
  return p[`c${i}`]! * hat(x - i) + p[`c${i + 1}`]! * hat(x - i - 1);
}

/** Writes the derivatives of `polyline`. */
export function jacobian(x: number, _: unknown, out: Record<string, number>): void {
  const i = Math.min(Math.floor(x), KNOTS - 2);
  for (const name of names) out[name] = 0;
  out[`c${i}`] = hat(x - i);
  out[`c${i + 1}`] = hat(x - i - 1);
}

/** `count` points of a wave that the knots can nearly follow. */
export function wave(count: number): { x: number[]; y: number[] } {
  const x = Array.from({ length: count }, (_, i) => (i / count) * (KNOTS - 1));
  return { x, y: x.map((each) => 3 * Math.sin(each / 7) + 0.05 * Math.cos(31 * each)) };
}
