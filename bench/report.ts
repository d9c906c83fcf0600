// The report as Markdown.

import { bytesOf, sizeName, type Cell, type Dtype } from './cells';
import type { Report, Result } from './measure';
import { table } from './solves/section';
import { MINIMIZE, OURS, OURS_2, OURS_FLOAT32, SUBJECTS } from './subjects';
import type { WholeSolveResult } from './whole-solves';

/** All tables, dtype by dtype and history by history, and what has no figure, with the reason. */
export function reportText(report: Report): string {
  const { results, machine, date, rounds, wholeSolves = [] } = report;
  const dtypes = distinct(results.map((result) => result.dtype));
  const histories = distinct(results.map((result) => result.m));
  const parts = [
    `${machine}; ${date}; medians of ${rounds} rounds.`,
    ...dtypes.flatMap((dtype) => histories.flatMap((m) => sectionsOf(report, dtype, m))),
    wholeSolveSection(wholeSolves),
    listed('Left out', report.leftOut),
    listed('Missing', report.missing),
    listed('No figure', [...withoutFigure(results), ...withoutSolve(wholeSolves)]),
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
  const row = (subject: string, text: (result: Result) => string): string[] => [
    subject,
    ...sizes.map((n) => {
      const result = results.find((one) => one.n === n && one.subject === subject);
      return result === undefined ? '' : text(result);
    }),
  ];

  const times = subjects.map((subject) => [...row(subject, timeText), evaluationsOf(results, subject)]);
  const timesFloor = subjects.map((subject) => row(subject, timesFloorText));
  const floors = [1, 2].map((threads) => {
    const same = results.filter((result) => result.threads === threads && result.subject !== OURS_FLOAT32);
    const texts = sizes.map((n) => {
      const floor = same.find((result) => result.n === n)?.floor;
      return typeof floor === 'number' ? time(floor) : '';
    });
    return [`floor, ${threadsText(threads)}`, ...texts, ''];
  });
  const title = `${dtype}, m = ${m}`;
  return [
    `### ${title}: time per iteration`,
    table(['', ...head, 'evaluations per iteration'], [...times, ...floors.filter(hasText)]),
    `### ${title}: times the floor`,
    table(['', ...head], timesFloor),
    `### ${title}: GB/s, of an iteration and over a buffer of the history's size`,
    table(
      ['', ...head],
      [...[OURS, OURS_2].map((name) => row(name, movedText)).filter(hasText), ...speedsOf(report, isHere, sizes)],
    ),
  ];
}

const SPEEDS = { huge: 'read, huge pages', small: 'read, 4 KiB pages', copy: 'copied, each byte counted once' };

function speedsOf({ bandwidth }: Report, isHere: (cell: Cell) => boolean, sizes: readonly number[]): string[][] {
  return [1, 2]
    .flatMap((threads) =>
      (['huge', 'small', 'copy'] as const).map((kind) => [
        `${SPEEDS[kind]}, ${threadsText(threads)}`,
        ...sizes.map((n) => {
          const speed = bandwidth.find((one) => isHere(one) && one.n === n && one.threads === threads);
          return speed === undefined ? '' : ratio(speed[kind]);
        }),
      ]),
    )
    .filter(hasText);
}

/** Nothing where no whole solve was measured. */
function wholeSolveSection(results: readonly WholeSolveResult[]): string {
  if (results.length === 0) return '';
  const ours = results.find(({ subject }) => subject === MINIMIZE)?.solve ?? null;
  const rows = results.map(({ subject, solve, evaluations, construction }) => {
    if (solve === null) return [subject, '—', '', '', '', ''];
    return [
      subject,
      microseconds(solve),
      String(evaluations),
      microseconds(solve / evaluations),
      ours === null ? '' : ratio(solve / ours),
      construction === null ? '' : microseconds(construction),
    ];
  });
  const head = ['µs per solve', 'evaluations per solve', 'µs per evaluation', 'times minimize'];
  return [
    '### float64, m = 10: a whole solve, n = 2',
    "Rosenbrock's function from (-1.2, 1) until max|g| is at most 1e-7, from the call to the result, the objective's cost included.",
    table(['', ...head, 'µs to construct and drop, without a solve'], rows),
  ].join('\n\n');
}

const withoutSolve = (results: readonly WholeSolveResult[]): string[] =>
  results.flatMap(({ subject, note }) => (note === null ? [] : [`${subject}: ${note} (a whole solve)`]));

/** The fewest and the most of all sizes. */
function evaluationsOf(results: readonly Result[], subject: string): string {
  const all = results
    .filter((result) => result.subject === subject && result.iteration !== null)
    .map((result) => result.evaluations);
  if (all.length === 0) return '';
  return distinct([Math.min(...all), Math.max(...all)].map((evaluations) => evaluations.toFixed(2))).join(' to ');
}

/** Each subject's reasons, each with the cells that it is for. */
function withoutFigure(results: readonly Result[]): string[] {
  const cells = new Map<string, string[]>();
  for (const { subject, dtype, m, n, note } of results) {
    if (note === null) continue;
    const key = `${subject}: ${note} (${dtype}, m = ${m}, n = `;
    cells.set(key, [...(cells.get(key) ?? []), sizeName(n)]);
  }
  return [...cells].map(([key, sizes]) => `${key}${sizes.join(', ')})`);
}

function timeText({ iteration }: Result): string {
  return iteration === null ? '—' : time(iteration);
}

function timesFloorText({ iteration, floor }: Result): string {
  return iteration === null || floor === null ? '' : ratio(iteration / floor);
}

/** Long vectors: (4 m + 20) n numbers an iteration, counted in docs/design/performance.md. */
function movedText({ iteration, n, m, dtype }: Result): string {
  if (iteration === null || n < 1e5) return '';
  return ratio(((4 * m + 20) * n * bytesOf(dtype)) / iteration);
}

/** Three digits, in the unit that fits. */
function time(nanoseconds: number): string {
  const units = ['ns', 'µs', 'ms', 's'];
  let value = nanoseconds;
  while (value >= 999.5 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${ratio(value)} ${units[0]!}`;
}

/** Three digits. */
export const microseconds = (nanoseconds: number): string => ratio(nanoseconds / 1e3);

/** Three digits. */
export const ratio = (value: number): string => (value >= 99.5 ? value.toFixed(0) : value.toPrecision(3));

/** Whether a row has more than its name. */
const hasText = ([, ...cells]: readonly string[]): boolean => cells.some((cell) => cell !== '');
const threadsText = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
const listed = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
