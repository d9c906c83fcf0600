// Compares this state of the package with another one, which was built in a folder of its own and is measured in the
// same run.

import { nameOf } from './cells';
import type { Report } from './measure';
import { digits, table } from './output';
import { oursOf, type Subject } from './subjects';

/** The bound on the geometric mean of the ratios, and the ratio above which a cell is counted. */
const MOST = { mean: 1.02, cell: 1.08 };

const nameBefore = (name: string): string => `before: ${name}`;

/** Our subjects with the package in another folder, where it must have been built. */
export const subjectsBefore = (folder: string): readonly Subject[] =>
  oursOf(folder).map((subject) => ({ ...subject, name: nameBefore(subject.name) }));

/** Markdown: the bounds and whether they hold, then the times of now over those before in each cell. */
export function comparison({ results }: Report): string {
  const pairs = results.flatMap((now) => {
    const before = results.find((one) => one.subject === nameBefore(now.subject) && nameOf(one) === nameOf(now));
    if (!now.times || !before?.times) return [];
    const value = now.times.median / before.times.median;
    return [{ now, value, fastest: now.times.fastest / before.times.fastest }];
  });
  const mean = Math.exp(pairs.reduce((sum, { value }) => sum + Math.log(value), 0) / pairs.length);
  const above = pairs.filter(({ value }) => value > MOST.cell).length;
  const rows = pairs
    .sort((a, b) => b.value - a.value)
    .map(({ now, value, fastest }) => [now.subject, nameOf(now), digits(value), digits(fastest)]);
  return [
    `Now over before: geometric mean ${mean.toFixed(3)} of ${pairs.length} cells (at most ${MOST.mean}), ${above} above ${MOST.cell}.`,
    table(['subject', 'where', 'by the medians', 'by the fastest rounds'], rows),
  ].join('\n\n');
}
