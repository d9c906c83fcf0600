// Bad scales: units far from 1, flat and steep directions, high powers, an offset, measured data.

import { readRecord } from '../../../examples/mauna-loa/data';
import { meanSquaredResidual, startFromData } from '../../../examples/mauna-loa/model';
import { randomNumbers } from '../numbers';
import { filled, repeated, single, squares, squaresOf, sumOf, type Evaluate, type Problem } from './problem';

const { exp, PI } = Math;

const rosenbrock = squaresOf(
  ([a, b]) => [10 * (b - a * a), -20 * a, 10],
  ([a]) => [1 - a, -1, 0],
);

function multiplied(evaluate: Evaluate, factor: number): Evaluate {
  return (x, gradient) => {
    const value = factor * evaluate(x, gradient);
    for (let j = 0; j < gradient.length; j++) gradient[j]! *= factor;
    return value;
  };
}

/** f(u x), each coordinate in its unit. */
function inUnits(evaluate: Evaluate, units: readonly number[]): Evaluate {
  return (x, gradient) => {
    const value = evaluate(
      x.map((part, j) => part * units[j]!),
      gradient,
    );
    for (let j = 0; j < gradient.length; j++) gradient[j]! *= units[j]!;
    return value;
  };
}

const random = randomNumbers(51);
const PEAK = Array.from({ length: 41 }, (_, i) => {
  const t = i / 4;
  return { t, y: 3 * exp(-((t - 4.7) ** 2) / 2.6) + 0.4 + 0.1 * random() };
});

/** A peak over a background, fitted to data whose heights are in `unit`. */
function peak(unit: number): Problem {
  return {
    name: `Gaussian peak in units of ${unit}`,
    start: Float64Array.of(2 * unit, 4, 1, 0),
    evaluate: squares(PEAK.length, ([height, centre, width, ground], i) => {
      const { t, y } = PEAK[i]!;
      const z = (t - centre) / width;
      const e = exp((-z * z) / 2);
      const slope = (height * e * z) / width;
      return [height * e + ground - y * unit, e, slope, slope * z, 1];
    }),
    minima: [{ value: 0.0860332661083652 * unit ** 2 }],
    source: 'constructed from a seeded generator; f* by Newton',
  };
}

function co2(): Problem {
  const record = readRecord();
  return {
    name: 'CO2 of Mauna Loa',
    start: startFromData(record),
    evaluate: (x, gradient) => meanSquaredResidual(record, x, gradient),
    minima: [{ value: 0.5364168145057312 }],
    source: 'examples/mauna-loa (C. D. Keeling, Scripps); f* by Newton',
  };
}

const HILBERT = 8;
const hilbert: Evaluate = (x, gradient) => {
  let sum = 0;
  for (const i of x.keys()) {
    gradient[i] = x.reduce((total, value, j) => total + value / (i + j + 1), 0);
    sum += (gradient[i] * x[i]!) / 2;
  }
  return sum;
};

export const SCALES: readonly Problem[] = [
  {
    name: '1e6 (a - 1)^2 + 1e-6 (b - 1000)^2',
    start: Float64Array.of(3, 4),
    evaluate: single(([a, b]) => [1e6 * (a - 1) ** 2 + 1e-6 * (b - 1000) ** 2, 2e6 * (a - 1), 2e-6 * (b - 1000)]),
    minima: [{ value: 0, near: [1, 1000] }],
    source: 'constructed',
  },
  {
    name: 'x^100 from 2',
    start: Float64Array.of(2),
    evaluate: single(([a]) => [a ** 100, 100 * a ** 99]),
    minima: [{ value: 0, near: [0] }],
    source: 'constructed',
  },
  {
    name: 'sum of j x_j^4, n = 10',
    start: repeated([1], 10),
    evaluate: (x, gradient) => {
      for (const [i, value] of x.entries()) gradient[i] = 4 * (i + 1) * value ** 3;
      return x.reduce((sum, value, i) => sum + (i + 1) * value ** 4, 0);
    },
    minima: [{ value: 0, near: new Float64Array(10) }],
    source: 'constructed',
  },
  peak(1),
  peak(1e-3),
  peak(1e-4),
  co2(),
  ...[1e-12, 1e12].map((factor): Problem => ({
    name: `${factor} times Rosenbrock`,
    start: Float64Array.of(-1.2, 1),
    evaluate: multiplied(rosenbrock, factor),
    minima: [{ value: 0, near: [1, 1] }],
    source: 'constructed from MGH 1',
  })),
  {
    name: 'Rosenbrock in units of 1e3 and 1e-3',
    start: Float64Array.of(-1.2e-3, 1e3),
    evaluate: inUnits(rosenbrock, [1e3, 1e-3]),
    minima: [{ value: 0, near: [1e-3, 1e3] }],
    source: 'constructed from MGH 1',
  },
  {
    name: 'Rosenbrock and 1000',
    start: Float64Array.of(-1.2, 1),
    evaluate: sumOf(() => 1000, rosenbrock),
    minima: [{ value: 1000, near: [1, 1] }],
    source: 'constructed from MGH 1',
  },
  {
    name: 'Hilbert quadratic, n = 8',
    start: repeated([1], HILBERT),
    evaluate: hilbert,
    minima: [{ value: 0, near: new Float64Array(HILBERT) }],
    source: 'CUTE (Bongartz, Conn, Gould & Toint, ACM TOMS 21, 1995), HILBERTA',
  },
  {
    name: 'frequency of a wave',
    start: Float64Array.of(1, 0, 0.0502),
    evaluate: squares(60, ([a, b, frequency], t) => {
      const angle = 2 * PI * frequency * t;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const y = 2 * Math.cos(0.32 * t + 1) + 0.1 * Math.sin(7 * t * t);
      return [a * cos + b * sin - y, cos, sin, 2 * PI * t * (b * cos - a * sin)];
    }),
    minima: [{ value: 0.3279750965873449 }],
    source: 'constructed; f* by Newton',
  },
  {
    name: 'Wood in units from 1e-4 to 1e4',
    start: Float64Array.of(-3e4, -1e2, -3e-2, -1e-4),
    evaluate: inUnits(
      squaresOf(
        ([a, b]) => [10 * (b - a * a), -20 * a, 10, 0, 0],
        ([a]) => [1 - a, -1, 0, 0, 0],
        ([, , c, d]) => [Math.sqrt(90) * (d - c * c), 0, 0, -2 * Math.sqrt(90) * c, Math.sqrt(90)],
        ([, , c]) => [1 - c, 0, 0, -1, 0],
        ([, b, , d]) => [Math.sqrt(10) * (b + d - 2), 0, Math.sqrt(10), 0, Math.sqrt(10)],
        ([, b, , d]) => [(b - d) / Math.sqrt(10), 0, 1 / Math.sqrt(10), 0, -1 / Math.sqrt(10)],
      ),
      [1e-4, 1e-2, 1e2, 1e4],
    ),
    minima: [{ value: 0, near: [1e4, 1e2, 1e-2, 1e-4] }],
    source: 'constructed from MGH 14',
  },
  {
    name: 'squares from 1e8, n = 5',
    start: repeated([1e8], 5),
    evaluate: (x, gradient) => {
      for (const [i, value] of x.entries()) gradient[i] = 2 * 10 ** i * (value - i);
      return x.reduce((sum, value, i) => sum + 10 ** i * (value - i) ** 2, 0);
    },
    minima: [{ value: 0, near: filled(5, (j) => j - 1) }],
    source: 'constructed',
  },
];
