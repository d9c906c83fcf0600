import type { Month } from './data';

/**
 * The ten parameters, each in its own unit, in the order of the vector. There is no linear term: beside an exponential as
 * slow as this one it would be nearly the same thing twice.
 *
 *     ppm(t) = level + growth exp(rate t) + sum over h = 1, 2, 3 of cosₕ cos(2π h frequency t) + sinₕ sin(2π h frequency t)
 */
export type Parameters = [
  level: number, // ppm
  growth: number, // ppm, at t = 0
  rate: number, // 1/year
  cos1: number, // ppm, and so are the next five
  sin1: number,
  cos2: number,
  sin2: number,
  cos3: number,
  sin3: number,
  frequency: number, // 1/year
];

/** What the trend is at `t`, ppm. */
export function trendAt(t: number, x: Float64Array): number {
  const [level, growth, rate] = [...x] as Parameters;
  return level + growth * Math.exp(rate * t);
}

/** What the season adds at `t`, ppm. */
export function seasonAt(t: number, x: Float64Array): number {
  const [, , , cos1, sin1, cos2, sin2, cos3, sin3, frequency] = [...x] as Parameters;
  const angle = 2 * Math.PI * frequency * t;
  return (
    cos1 * Math.cos(angle) +
    sin1 * Math.sin(angle) +
    cos2 * Math.cos(2 * angle) +
    sin2 * Math.sin(2 * angle) +
    cos3 * Math.cos(3 * angle) +
    sin3 * Math.sin(3 * angle)
  );
}

/**
 * The loss: the mean over the record of the squared residual, ppm². Fills `gradient` with its derivatives by the ten
 * parameters.
 */
export function meanSquaredResidual(record: readonly Month[], x: Float64Array, gradient: Float64Array): number {
  const [level, growth, rate, cos1, sin1, cos2, sin2, cos3, sin3, frequency] = [...x] as Parameters;
  let loss = 0;
  let byLevel = 0;
  let byGrowth = 0;
  let byRate = 0;
  let byCos1 = 0;
  let bySin1 = 0;
  let byCos2 = 0;
  let bySin2 = 0;
  let byCos3 = 0;
  let bySin3 = 0;
  let byFrequency = 0;

  for (const { t, ppm } of record) {
    const e = Math.exp(rate * t);
    // The harmonics follow from the first by the addition theorems: two calls of cos and sin instead of six.
    const c1 = Math.cos(2 * Math.PI * frequency * t);
    const s1 = Math.sin(2 * Math.PI * frequency * t);
    const c2 = c1 * c1 - s1 * s1;
    const s2 = 2 * s1 * c1;
    const c3 = c2 * c1 - s2 * s1;
    const s3 = s2 * c1 + c2 * s1;
    const season = cos1 * c1 + sin1 * s1 + cos2 * c2 + sin2 * s2 + cos3 * c3 + sin3 * s3;
    const seasonByAngle = sin1 * c1 - cos1 * s1 + 2 * (sin2 * c2 - cos2 * s2) + 3 * (sin3 * c3 - cos3 * s3);
    const residual = level + growth * e + season - ppm;

    loss += residual * residual;
    byLevel += residual;
    byGrowth += residual * e;
    byRate += residual * growth * t * e;
    byCos1 += residual * c1;
    bySin1 += residual * s1;
    byCos2 += residual * c2;
    bySin2 += residual * s2;
    byCos3 += residual * c3;
    bySin3 += residual * s3;
    byFrequency += residual * 2 * Math.PI * t * seasonByAngle;
  }

  const sums: Parameters = [byLevel, byGrowth, byRate, byCos1, bySin1, byCos2, bySin2, byCos3, bySin3, byFrequency];
  gradient.set(sums.map((sum) => (2 * sum) / record.length));
  return loss / record.length;
}

/**
 * Where the fit starts, by a rule from the data. The trend is the exponential through the means of the first, the middle
 * and the last ten years, taken as values at the middles of those years; the season is unknown, so its six amplitudes are
 * zero, and its frequency is one per year.
 */
export function startFromData(record: readonly Month[]): Float64Array {
  const times = record.map(({ t }) => t);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const half = (last - first - 10) / 2; // from the middle of one ten years to the middle of the next
  const early = meanBetween(record, first, first + 10);
  const middle = meanBetween(record, first + half, first + half + 10);
  const late = meanBetween(record, last - 10, last);

  const rate = Math.log((late - middle) / (middle - early)) / half;
  const growthThen = (middle - early) / Math.expm1(rate * half); // the exponential's part at the middle of the early years
  const growth = growthThen * Math.exp(-rate * (first + 5));
  const start: Parameters = [early - growthThen, growth, rate, 0, 0, 0, 0, 0, 0, 1];
  return Float64Array.from(start);
}

function meanBetween(record: readonly Month[], from: number, to: number): number {
  const months = record.filter(({ t }) => t >= from && t <= to);
  return months.reduce((sum, { ppm }) => sum + ppm, 0) / months.length;
}
