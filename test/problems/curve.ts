// A decay with an offset, measured at eight times.

export type Decay = Readonly<Record<'a' | 'k' | 'c', number>>;

export const decay = (x: number, { a, k, c }: Decay): number => a * Math.exp(-k * x) + c;

export const POINTS = { x: [0, 1, 2, 3, 4, 5, 6, 7], y: [4.02, 2.79, 2.13, 1.65, 1.42, 1.22, 1.17, 1.08] };

export const START = { a: 1, k: 1, c: 0 };

/** Writes the derivatives of `decay`. */
export function decayJacobian(x: number, { a, k }: Decay, out: Record<'a' | 'k' | 'c', number>): void {
  out.a = Math.exp(-k * x);
  out.k = -a * x * out.a;
  out.c = 1;
}
