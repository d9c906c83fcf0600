// This state of the package against another one, built in a folder of its own and measured in the same run.

import { nameOf } from './cells';
import type { Report, Result } from './measure';
import { ratio } from './report';
import { table } from './solves/section';
import { OURS, OURS_2, OURS_FLOAT32, oursOf, type Subject } from './subjects';

/** At most: the geometric mean of the ratios, and a ratio that needs no second look. */
const MOST = { mean: 1.02, cell: 1.08 };
const OURS_SUBJECTS: readonly string[] = [OURS, OURS_2, OURS_FLOAT32];

const nameBefore = (name: string): string => `before: ${name}`;

/** The same subjects of ours, of the package in the folder, which has been built. */
export function subjectsBefore(folder: string): readonly Subject[] {
  return oursOf(folder).map((subject) => ({ ...subject, name: nameBefore(subject.name) }));
}

/** As Markdown: the times of now over those before, in each cell; what must hold first. */
export function comparison({ results }: Report): string {
  const pairs = results.flatMap((now) => pairOf(now, results));
  const mean = Math.exp(pairs.reduce((sum, { value }) => sum + Math.log(value), 0) / pairs.length);
  const above = pairs.filter(({ value }) => value > MOST.cell).length;
  const rows = pairs
    .sort((a, b) => b.value - a.value)
    .map(({ now, value, fastest }) => [now.subject, nameOf(now), ratio(value), ratio(fastest)]);
  return [
    `Now over before: geometric mean ${mean.toFixed(3)} of ${pairs.length} cells (at most ${MOST.mean}), ${above} above ${MOST.cell}.`,
    table(['subject', 'where', 'by the medians', 'by the fastest rounds'], rows),
  ].join('\n\n');
}

interface Pair {
  readonly now: Result;
  readonly value: number;
  readonly fastest: number;
}

function pairOf(now: Result, results: readonly Result[]): Pair[] {
  if (!OURS_SUBJECTS.includes(now.subject) || now.iteration === null) return [];
  const before = results.find(
    ({ subject, n, m, dtype }) =>
      subject === nameBefore(now.subject) && n === now.n && m === now.m && dtype === now.dtype,
  );
  if (before === undefined || before.iteration === null) return [];
  return [{ now, value: now.iteration / before.iteration, fastest: now.spread[0] / before.spread[0] }];
}
