// The picture of performance profiles (Dolan and Moré 2002) and data profiles (Moré and Wild 2009), side by side.

import type { TopLevelSpec } from 'vega-lite';
import { COLORS, CONFIG, INK, writePicture } from '../chart';
import { OURS, OURS_0_1_0 } from '../subjects';
import { BUDGET } from './play';
import type { Played } from './tables';

const ACCURACY = 1; // 1e-6
const MOST_TIMES = 16;

interface Point {
  readonly subject: string;
  readonly at: number;
  readonly share: number;
}

export function writeProfiles(played: Played, file: string): Promise<void> {
  return writePicture(profiles(played), file);
}

/** The share of the problems whose cost is at most `at`, as steps from `from` to `to`. */
function stepsOf(subject: string, costs: readonly number[], from: number, to: number): Point[] {
  const share = (at: number): number => Number((costs.filter((cost) => cost <= at).length / costs.length).toFixed(4));
  const jumps = costs.filter((cost) => cost > from && cost < to).sort((a, b) => a - b);
  const places = [...new Set([from, ...jumps, to].map((at) => Number(at.toPrecision(4))))];
  return places.map((at) => ({ subject, at, share: share(at * 1.0001) }));
}

function profiles(played: Played): TopLevelSpec {
  const costs = [...played].map(
    ([subject, solved]) => [subject, solved.map(({ evaluations }) => evaluations[ACCURACY] ?? Infinity)] as const,
  );
  const count = costs[0]![1].length;
  const least = Array.from({ length: count }, (_, i) => Math.min(...costs.map(([, of]) => of[i]!)));
  const times = costs.flatMap(([subject, of]) => {
    const ratios = of.map((cost, i) => (cost === Infinity ? Infinity : cost / least[i]!));
    return stepsOf(subject, ratios, 1, MOST_TIMES);
  });
  const data = costs.flatMap(([subject, of]) => stepsOf(subject, of, 1, BUDGET));
  return {
    background: 'transparent',
    padding: 16,
    config: CONFIG,
    title: {
      text: 'Problems solved to 1e-6 of f0 - f*, at default settings',
      subtitle: `The share of ${count} problems, within a multiple of the fewest evaluations, and within so many`,
    },
    hconcat: [
      panel(times, 'times the evaluations of the best', 2, [1, 2, 4, 8, 16]),
      panel(data, 'evaluations of f and its gradient', 10, [1, 10, 100, 1000]),
    ],
  };
}

function panel(points: readonly Point[], title: string, base: number, values: number[]) {
  const subjects = Object.keys(COLORS).filter((subject) => points.some((point) => point.subject === subject));
  const at = { type: 'quantitative' as const, scale: { type: 'log' as const, base, nice: false } };
  const isOurs = `datum.subject === '${OURS}'`;
  const stepped = { type: 'line' as const, interpolate: 'step-after' as const };
  return {
    width: 380,
    height: 380,
    data: { values: [...points] },
    encoding: {
      x: { field: 'at', ...at, title, axis: { values, format: 'd', grid: false } },
      y: {
        ...{ field: 'share', type: 'quantitative' as const, title: null },
        ...{ scale: { domain: [0, 1] }, axis: { format: '.0%' } },
      },
      color: {
        ...{ field: 'subject', type: 'nominal' as const, sort: subjects, title: null },
        scale: { domain: subjects, range: subjects.map((subject) => COLORS[subject] ?? INK) },
        legend: { symbolType: 'stroke', symbolStrokeWidth: 3, labelFontSize: 12, labelLimit: 0 },
      },
      strokeDash: { condition: { test: `datum.subject === '${OURS_0_1_0}'`, value: [5, 4] }, value: [1, 0] },
    },
    // Ours last, so that it lies above the others.
    layer: [
      { transform: [{ filter: `!(${isOurs})` }], mark: { ...stepped, strokeWidth: 1.5 } },
      { transform: [{ filter: isOurs }], mark: { ...stepped, strokeWidth: 3.5 } },
    ],
  };
}
