// Runs `minimize` of the package, Adam and gradient descent from a grid of starts on each surface, and writes what the page
// "See it work" shows: record.ts FOLDER makes FOLDER/<surface>.json.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimize } from 'lbfgs';
import { adam, bestRate, descend, gradientDescent, hasDiverged, LIMIT, NEAR, type Run, type Visit } from './descents';
import { SCALE, type RecordedRun, type Recording } from './recording';
import { startOf, STARTS, surfaces, type Surface } from './surfaces';

/** The most points of a path. */
const MOST_POINTS = 120;

/** What is left of a path whose points are at least this far from the one before; the last point always is. */
function thinned(path: readonly number[], distance: number): number[] {
  const kept = path.slice(0, 3);
  for (let i = 3; i < path.length; i += 3) {
    const moved = Math.hypot(path[i]! - kept.at(-3)!, path[i + 1]! - kept.at(-2)!);
    if (moved >= distance || i + 3 === path.length) kept.push(...path.slice(i, i + 3));
  }
  return kept;
}

/** A path in whole numbers. Points far outside of the picture are moved towards it. */
function pathOf({ x, y }: Surface, visits: readonly Visit[]): number[] {
  const place = ([from, to]: readonly [number, number], value: number): number =>
    Math.round(SCALE * Math.min(3, Math.max(-2, (value - from) / (to - from))));
  const whole = visits.flatMap((visit) => [place(x, visit.x), place(y, visit.y), visit.evaluations]);
  let distance = 0;
  let path = whole;
  while (path.length > 3 * MOST_POINTS) {
    distance = Math.max(2, distance * 1.5);
    path = thinned(whole, distance);
  }
  return path;
}

const recorded = (surface: Surface, { visits, arrived, diverged, evaluations }: Run): RecordedRun => ({
  path: pathOf(surface, visits),
  arrived,
  diverged,
  evaluations,
});

/** The run of the package, with its defaults and no more evaluations than the others may use. */
function runOfPackage(surface: Surface, start: readonly [number, number]): RecordedRun {
  const visits: Visit[] = [{ x: start[0], y: start[1], evaluations: 1 }];
  let arrived: number | null = null;
  const { x, loss, status, evaluations } = minimize(
    (point, gradient) =>
      surface.evaluate(point as unknown as [number, number], gradient as unknown as [number, number]),
    start,
    {
      maxEval: LIMIT,
      onIteration({ loss, evaluations }, [x, y]) {
        visits.push({ x: x!, y: y!, evaluations });
        if (loss <= NEAR) arrived ??= evaluations;
      },
    },
  );
  const diverged = hasDiverged(surface, [x[0]!, x[1]!], loss);
  return { ...recorded(surface, { visits, arrived, diverged, evaluations }), status };
}

function recordingOf(surface: Surface): Recording {
  const indices = Array.from({ length: STARTS }, (_, index) => index);
  const starts = indices.flatMap((row) => indices.map((column) => startOf(surface, column, row)));
  const rates = { adam: bestRate(surface, starts, adam), descent: bestRate(surface, starts, gradientDescent) };
  return {
    rates,
    starts: starts.map((start) => ({
      lbfgs: runOfPackage(surface, start),
      adam: recorded(surface, descend(surface, start, adam(rates.adam), true)),
      descent: recorded(surface, descend(surface, start, gradientDescent(rates.descent), true)),
    })),
  };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Expected the folder to write to');
mkdirSync(folder, { recursive: true });
for (const surface of surfaces) {
  const recording = recordingOf(surface);
  writeFileSync(join(folder, `${surface.name}.json`), JSON.stringify(recording));
  const median = (name: 'lbfgs' | 'adam' | 'descent'): string => {
    const counts = recording.starts.map((start) => start[name].arrived ?? Infinity).sort((a, b) => a - b);
    const arrived = counts.filter((count) => count < Infinity).length;
    return `${counts[(counts.length - 1) / 2] ?? NaN} (${arrived})`;
  };
  const { adam: adamRate, descent } = recording.rates;
  console.log(
    `${surface.name}: evaluations, median (starts that arrived of ${STARTS ** 2}): L-BFGS ${median('lbfgs')}, ` +
      `Adam at ${adamRate} ${median('adam')}, gradient descent at ${descent} ${median('descent')}`,
  );
}
