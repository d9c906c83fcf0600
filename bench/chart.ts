// The picture of the time per iteration over n, for m = 10, float64 and one thread: a line for each subject.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import type { Report } from './measure';
import { FMIN, NUMERIC, OPTIMIZATION_JS, OURS, OURS_0_1_0, OURS_FLOAT32, PLAIN_JS } from './subjects';

interface Point {
  readonly subject: string;
  readonly n: number;
  readonly microseconds: number;
}

const FLOOR = 'floor';
// Of middling lightness, so that they are read on white and on black alike; the background is left out.
export const INK = '#868e96';
export const COLORS: Record<string, string> = {
  [OURS]: '#f76707',
  [OURS_0_1_0]: '#e8a33d',
  [PLAIN_JS]: '#c29d0b',
  libLBFGS: '#2b8a3e',
  'LBFGS++': '#40c057',
  NLopt: '#15aabf',
  SciPy: '#4c6ef5',
  torch: '#e03131',
  libtorch: '#f06595',
  [OPTIMIZATION_JS]: '#ae3ec9',
  [FMIN]: '#7950f2',
  [NUMERIC]: '#a9765b',
  [FLOOR]: INK,
};

export const CONFIG = {
  aria: false, // a label on each of the points would only make the file larger
  font: 'Helvetica, Arial, sans-serif',
  view: { stroke: null },
  axis: { gridColor: INK, gridOpacity: 0.25, domain: false, tickColor: INK, labelColor: INK, titleColor: INK },
  legend: { labelColor: INK },
  title: {
    anchor: 'start',
    frame: 'group',
    offset: 12,
    color: INK,
    subtitleColor: INK,
    fontSize: 15,
    subtitleFontSize: 12,
  },
} as const;

/** Writes the picture as SVG; nothing where m = 10 in float64 was not measured. */
export async function writeChart(report: Report, file: string): Promise<void> {
  const points = pointsOf(report);
  if (points.length > 0) await writePicture(picture(points, report.machine), file);
}

export async function writePicture(spec: TopLevelSpec, file: string): Promise<void> {
  // Loaded here because vega can only be imported: its modules use top-level await, which require() does not allow.
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${await view.toSVG()}\n`);
  view.finalize();
}

function pointsOf({ results }: Report): Point[] {
  const here = results.filter(
    ({ m, dtype, threads, subject }) => m === 10 && dtype === 'float64' && threads === 1 && subject !== OURS_FLOAT32,
  );
  const point = (subject: string, n: number, nanoseconds: number | null | undefined): Point[] =>
    nanoseconds && nanoseconds > 0 ? [{ subject, n, microseconds: nanoseconds / 1e3 }] : [];
  return [
    ...here.flatMap(({ subject, n, times }) => point(subject, n, times?.median)),
    // For shorter vectors, the call into the addon and the start of a loop cost more than the bytes do.
    ...here.flatMap(({ subject, n, floor }) => (subject === OURS && n >= 1e3 ? point(FLOOR, n, floor) : [])),
  ];
}

const axisOf = (title: string | null, from: number, to: number, format: string) => ({
  type: 'quantitative' as const,
  title,
  scale: { type: 'log' as const, nice: false },
  axis: { values: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)), format },
});

function picture(points: readonly Point[], machine: string): TopLevelSpec {
  const subjects = Object.keys(COLORS).filter((subject) => points.some((point) => point.subject === subject));
  const [isOurs, isFloor] = [OURS, FLOOR].map((name) => `datum.subject === '${name}'`);
  const x = axisOf('parameters', 0, 7, '~s');
  return {
    background: 'transparent',
    padding: 16,
    config: CONFIG,
    title: {
      text: 'Microseconds per iteration, history full',
      subtitle: `m = 10, float64, one thread, the objective's cost subtracted; ${machine}`,
    },
    width: 620,
    height: 420,
    data: { values: [...points] },
    encoding: {
      x: { field: 'n', ...x, axis: { ...x.axis, grid: false } },
      y: { field: 'microseconds', ...axisOf(null, -1, 6, ',.1~f') },
      color: {
        field: 'subject',
        type: 'nominal',
        sort: subjects,
        title: null,
        scale: { domain: subjects, range: subjects.map((subject) => COLORS[subject]!) },
        legend: { symbolType: 'stroke', symbolStrokeWidth: 3, labelFontSize: 12, labelLimit: 0 },
      },
    },
    // Ours last, so that it lies above the others.
    layer: [
      {
        transform: [{ filter: `!(${isOurs!})` }],
        mark: { type: 'line', strokeWidth: 1.5, point: { size: 22 } },
        encoding: { strokeDash: { condition: { test: isFloor!, value: [5, 4] }, value: [1, 0] } },
      },
      { transform: [{ filter: isOurs! }], mark: { type: 'line', strokeWidth: 3.5, point: { size: 40 } } },
    ],
  };
}
