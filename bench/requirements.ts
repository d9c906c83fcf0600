// What must hold, each as a line: the requirement, the worst that was measured, met or not; and the worst if of every subject the fastest
// round counted instead of the median, which says what other guests of the machine took away.

import { nameOf, type Cell, type Dtype } from './cells';
import type { Report, Result } from './measure';
import { MINIMIZE, OURS, OURS_2, PLAIN_JS, SUBJECTS } from './subjects';
import { microseconds, ratio } from './report';
import { table } from './solves/section';

interface Requirement {
  readonly text: string;
  readonly subject: string;
  /** What ours is held against: another subject's time over ours, or, with 'floor', ours over the floor. */
  readonly against: string;
  readonly cells: (cell: Cell) => boolean;
  readonly bound: number; // at least, or at most for the floor
}

const inCache = ({ n }: Cell): boolean => n >= 1e3 && n < 1e5;
const REQUIREMENTS: readonly Requirement[] = [
  ...[OURS, OURS_2].flatMap((subject) => {
    const threads = subject === OURS ? '1 thread' : '2 threads';
    const against = 'floor';
    return [
      { text: `n >= 1e6, ${threads}: times the floor`, subject, against, bound: 1.25, cells: (c: Cell) => c.n >= 1e6 },
      { text: `n = 1e5, ${threads}: times the floor`, subject, against, bound: 1.4, cells: (c: Cell) => c.n === 1e5 },
      { text: `n = 1e3, 1e4, ${threads}: times the floor`, subject, against, bound: 2.5, cells: inCache },
    ];
  }),
  faster('torch', 300, 'n <= 10', ({ n }) => n <= 10),
  faster('torch', 20, 'n = 1e3', ({ n }) => n === 1e3),
  faster('torch', 3, 'n = 1e5, m = 10', ({ n, m }) => n === 1e5 && m === 10),
  faster('torch', 1.4, 'n = 1e6', ({ n }) => n === 1e6),
  faster('torch, 2 threads', 2.5, 'n = 1e6, both with 2 threads', ({ n }) => n === 1e6, OURS_2),
  faster('torch', 4, 'n = 1e7', ({ n }) => n === 1e7),
  faster('libLBFGS', 1, 'n >= 100', ({ n }) => n >= 100),
  faster('LBFGS++', 1, 'n >= 100', ({ n }) => n >= 100),
  faster('libLBFGS', 0.5, 'n = 2, m = 10', ({ n, m }) => n === 2 && m === 10),
  faster(PLAIN_JS, 1, 'n >= 4, m = 10', ({ n, m }) => n >= 4 && m === 10),
  faster(PLAIN_JS, 3, 'n >= 1e3, m = 10', ({ n, m }) => n >= 1e3 && m === 10),
];

function faster(
  against: string,
  bound: number,
  where: string,
  cells: Requirement['cells'],
  subject = OURS,
): Requirement {
  return { text: `${where}: times faster than ${against}`, subject, against, bound, cells };
}

/** A Markdown table, a row for each requirement and dtype that was measured. */
export function requirements(report: Report): string {
  const { results } = report;
  const dtypes = [...new Set(results.map((result) => result.dtype))];
  const rows = dtypes.flatMap((dtype) => {
    const ofDtype = results.filter((result) => result.dtype === dtype);
    return REQUIREMENTS.filter(({ against }) => has(against, dtype)).map((one) => rowOf(one, ofDtype, dtype));
  });
  const head = ['requirement', 'bound', 'worst', 'where', '', 'worst, by the fastest rounds'];
  return table(head, [...rows, ...constructionRow(report)]);
}

const MOST_CONSTRUCTION = 4e3; // nanoseconds

/** What `minimize` takes beside its solve; no row where no whole solve was measured. */
function constructionRow({ wholeSolves = [] }: Report): string[][] {
  if (wholeSolves.length === 0) return [];
  const head = ['float64, a whole solve, n = 2: µs that minimize takes to construct and drop', 'at most 4'];
  const ours = wholeSolves.find(({ subject }) => subject === MINIMIZE);
  const { construction = null, constructionSpread = null } = ours ?? {};
  if (construction === null || constructionSpread === null) return [[...head, '', '', 'not measured', '']];
  const isMet = construction <= MOST_CONSTRUCTION;
  const [fastest] = constructionSpread;
  return [
    [...head, microseconds(construction), 'float64, m = 10, n = 2', isMet ? 'met' : 'not met', microseconds(fastest)],
  ];
}

/** Whether the one held against computes in this dtype at all. */
function has(against: string, dtype: Dtype): boolean {
  return SUBJECTS.find(({ name }) => name === against)?.suits({ n: 1e4, m: 10, dtype }) ?? true;
}

function rowOf(
  { text, subject, against, cells, bound }: Requirement,
  results: readonly Result[],
  dtype: string,
): string[] {
  const isFloor = against === 'floor';
  const head = [`${dtype}, ${text}`, `${isFloor ? 'at most' : 'at least'} ${bound}`];
  const worst = (time: Time): Measured | undefined => {
    const measured = results
      .filter((result) => result.subject === subject && cells(result))
      .flatMap((ours): Measured[] => {
        const own = time(ours);
        const other = isFloor ? ours.floor : time(find(results, against, ours));
        return own === null || other === null ? [] : [{ cell: ours, value: isFloor ? own / other : other / own }];
      });
    return measured.sort((a, b) => (isFloor ? b.value - a.value : a.value - b.value))[0];
  };
  const median = worst((result) => result?.iteration ?? null);
  const fastest = worst((result) => (result === undefined || result.iteration === null ? null : result.spread[0]));
  if (median === undefined || fastest === undefined) return [...head, '', '', 'not measured', ''];
  const isMet = isFloor ? median.value <= bound : median.value >= bound;
  return [...head, ratio(median.value), nameOf(median.cell), isMet ? 'met' : 'not met', ratio(fastest.value)];
}

/** Nanoseconds of an iteration, where there is a figure. */
type Time = (result: Result | undefined) => number | null;
interface Measured {
  readonly cell: Cell;
  readonly value: number;
}

function find(results: readonly Result[], subject: string, { n, m }: Cell): Result | undefined {
  return results.find((result) => result.subject === subject && result.n === n && result.m === m);
}
