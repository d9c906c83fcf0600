// The report as Markdown.

import { bytesOf, sizeName, type Cell, type Dtype } from './cells';
import type { Report, Result } from './measure';
import { digits, table, time } from './output';
import { MINIMIZE, OURS, OURS_2, OURS_FLOAT32, SUBJECTS } from './subjects';

/** All tables, dtype by dtype and history by history, and what has no figure, with the reason. */
export function reportText(report: Report): string {
  const { results, machine, date, rounds, wholeSolves } = report;
  const dtypes = distinct(results.map((result) => result.dtype));
  const histories = distinct(results.map((result) => result.m));
  const parts = [
    `${machine}; ${date}; medians of ${rounds} rounds.`,
    ...dtypes.flatMap((dtype) => histories.flatMap((m) => sectionsOf(report, dtype, m))),
    wholeSolveSection(wholeSolves),
    listed('Left out', report.leftOut),
    listed('Missing', report.missing),
    listed('No figure', [...withoutFigure(results), ...withoutFigure(wholeSolves, 'a whole solve, ')]),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function sectionsOf(report: Report, dtype: Dtype, m: number): string[] {
  const isHere = (cell: Cell): boolean => cell.dtype === dtype && cell.m === m;
  const results = report.results.filter(isHere);
  const sizes = distinct(results.map((result) => result.n));
  if (sizes.length === 0) return [];
  const names = distinct(results.map((result) => result.subject));
  const subjects = SUBJECTS.map((subject) => subject.name).filter((name) => names.includes(name));
  const head = sizes.map((n) => `n = ${sizeName(n)}`);
  const row = (name: string, text: (n: number) => string): string[] => [name, ...sizes.map(text)];
  const rowOf = (name: string, text: (result: Result) => string): string[] =>
    row(name, (n) => {
      const result = results.find((one) => one.n === n && one.subject === name);
      return result === undefined ? '' : text(result);
    });
  const floors = [1, 2].map((threads) => {
    const same = results.filter((result) => result.threads === threads && result.subject !== OURS_FLOAT32);
    const floorAt = (n: number): number | null | undefined => same.find((result) => result.n === n)?.floor;
    return [...row(`floor, ${threadsText(threads)}`, (n) => figure(floorAt(n), time)), ''];
  });
  const speeds = [1, 2].flatMap((threads) =>
    SPEEDS.map(([kind, name]) =>
      row(`${name}, ${threadsText(threads)}`, (n) => {
        const speed = report.bandwidth.find((one) => isHere(one) && one.n === n && one.threads === threads);
        return figure(speed?.[kind], digits);
      }),
    ),
  );
  const title = `${dtype}, m = ${m}`;
  const times = subjects.map((name) => [...rowOf(name, timeText), evaluationsOf(results, name)]);
  const timesFloor = subjects.map((name) => rowOf(name, timesFloorText));
  const moved = [OURS, OURS_2].map((name) => rowOf(name, movedText));
  return [
    `### ${title}: time per iteration`,
    table(['', ...head, 'evaluations per iteration'], [...times, ...floors.filter(hasText)]),
    `### ${title}: times the floor`,
    table(['', ...head], timesFloor),
    `### ${title}: GB/s, of an iteration and over a buffer of the history's size`,
    table(['', ...head], [...moved, ...speeds].filter(hasText)),
  ];
}

const SPEEDS = [
  ['huge', 'read, huge pages'],
  ['small', 'read, 4 KiB pages'],
  ['copy', 'copied, each byte counted once'],
] as const;

/** Nothing where no whole solve was measured. */
function wholeSolveSection(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const ours = results.find(({ subject }) => subject === MINIMIZE)?.times?.median;
  const rows = results.map(({ subject, times, evaluations, construction }) =>
    times === null
      ? [subject, '—', '', '', '', '']
      : [
          ...[subject, microseconds(times.median), String(evaluations), microseconds(times.median / evaluations)],
          figure(ours && times.median / ours, digits),
          figure(construction?.median, microseconds),
        ],
  );
  const head = ['µs per solve', 'evaluations per solve', 'µs per evaluation', 'times minimize'];
  return [
    '### float64, m = 10: a whole solve, n = 2',
    "Rosenbrock's function from (-1.2, 1) until max|g| is at most 1e-7, from the call to the result, the objective's cost included.",
    table(['', ...head, 'µs to construct and drop, without a solve'], rows),
  ].join('\n\n');
}

/** The fewest and the most evaluations of a subject over all sizes. */
function evaluationsOf(results: readonly Result[], subject: string): string {
  const all = results.filter((one) => one.subject === subject && one.times !== null).map((one) => one.evaluations);
  if (all.length === 0) return '';
  return distinct([Math.min(...all), Math.max(...all)].map((evaluations) => evaluations.toFixed(2))).join(' to ');
}

/** Each subject's reasons, each with the cells that it is for. */
function withoutFigure(results: readonly Result[], what = ''): string[] {
  const cells = new Map<string, string[]>();
  for (const { subject, dtype, m, n, note } of results) {
    if (note === null) continue;
    const key = `${subject}: ${note} (${what}${dtype}, m = ${m}, n = `;
    cells.set(key, [...(cells.get(key) ?? []), sizeName(n)]);
  }
  return [...cells].map(([key, sizes]) => `${key}${sizes.join(', ')})`);
}

const timeText = ({ times }: Result): string => (times === null ? '—' : time(times.median));

const timesFloorText = ({ times, floor }: Result): string => figure(times && floor && times.median / floor, digits);

/** Long vectors: (4 m + 20) n numbers an iteration, counted in docs/design/performance.md. */
const movedText = ({ times, n, m, dtype }: Result): string =>
  figure(n >= 1e5 && times && ((4 * m + 20) * n * bytesOf(dtype)) / times.median, digits);

/** The text of a number; blank where there is none. */
const figure = (value: number | false | null | undefined, text: (value: number) => string): string =>
  typeof value === 'number' ? text(value) : '';

/** Microseconds with three digits. */
export const microseconds = (nanoseconds: number): string => digits(nanoseconds / 1e3);

/** Whether a row has more than its name. */
const hasText = ([, ...cells]: readonly string[]): boolean => cells.some((cell) => cell !== '');
const threadsText = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
const listed = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
