// This state of the package against another one, built in a folder of its own and measured in the same run.

import { nameOf } from './cells';
import type { Report } from './measure';
import { digits, table } from './output';
import { oursOf, type Subject } from './subjects';

/** At most: the geometric mean of the ratios, and a ratio that needs no second look. */
const MOST = { mean: 1.02, cell: 1.08 };

const nameBefore = (name: string): string => `before: ${name}`;

/** The same subjects of ours, of the package in the folder, which has been built. */
export const subjectsBefore = (folder: string): readonly Subject[] =>
  oursOf(folder).map((subject) => ({ ...subject, name: nameBefore(subject.name) }));

/** As Markdown: the times of now over those before, in each cell; what must hold first. */
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
