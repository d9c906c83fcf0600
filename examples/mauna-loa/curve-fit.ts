import { curveFit, type CurveFitResult } from 'lbfgs';
import type { Month } from './data';
import type { Parameters } from './model';

/** The names of the ten parameters. */
export type Name = 'level' | 'growth' | 'rate' | `${'cos' | 'sin'}${1 | 2 | 3}` | 'frequency';

/** The same fit without a gradient: the model at one time, in the names of its parameters, is all that it takes. */
export function fitCurve(record: readonly Month[], start: Float64Array): CurveFitResult<Name> {
  const [level, growth, rate, cos1, sin1, cos2, sin2, cos3, sin3, frequency] = [...start] as Parameters;
  const data = { x: record.map(({ t }) => t), y: record.map(({ ppm }) => ppm) };
  return curveFit(
    (t, p) => {
      const wave = (h: number, cos: number, sin: number): number =>
        cos * Math.cos(2 * Math.PI * h * p.frequency * t) + sin * Math.sin(2 * Math.PI * h * p.frequency * t);
      const season = wave(1, p.cos1, p.sin1) + wave(2, p.cos2, p.sin2) + wave(3, p.cos3, p.sin3);
      return p.level + p.growth * Math.exp(p.rate * t) + season;
    },
    data,
    { level, growth, rate, cos1, sin1, cos2, sin2, cos3, sin3, frequency },
  );
}
