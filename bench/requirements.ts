// The requirements, a line for each: its bound, the worst that was measured, met or not; and the worst by the fastest
// round of each subject instead of the median, which shows how much of a time was the work of other guests of the
// machine.

import { nameOf, type Cell, type Dtype } from './cells';
import type { Report, Result } from './measure';
import { digits, table } from './output';
import { microseconds } from './report';
import { MINIMIZE, OURS, OURS_2, PLAIN_JS, SUBJECTS } from './subjects';

interface Requirement {
  readonly text: string;
  readonly subject: string;
  /** What ours is held against: another subject's time over ours, or, with 'floor', ours over the floor. */
  readonly against: string;
  readonly cells: (cell: Cell) => boolean;
  readonly bound: number; // at least, or at most for the floor
}

type Cells = Requirement['cells'];

const faster = (against: string, bound: number, where: string, cells: Cells, subject = OURS): Requirement => {
  return { text: `${where}: times faster than ${against}`, subject, against, bound, cells };
};
const floor = (bound: number, where: string, cells: Cells): Requirement[] =>
  [OURS, OURS_2].map((subject) => {
    const text = `${where}, ${subject === OURS ? '1 thread' : '2 threads'}: times the floor`;
    return { text, subject, against: 'floor', bound, cells };
  });

const REQUIREMENTS: readonly Requirement[] = [
  ...floor(1.25, 'n >= 1e6', ({ n }) => n >= 1e6),
  ...floor(1.4, 'n = 1e5', ({ n }) => n === 1e5),
  ...floor(2.5, 'n = 1e3, 1e4', ({ n }) => n >= 1e3 && n < 1e5),
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
const MOST_CONSTRUCTION = 4e3; // nanoseconds

/** A Markdown table, a row for each requirement and dtype that was measured. */
export function requirements({ results, wholeSolves }: Report): string {
  const dtypes = [...new Set(results.map((result) => result.dtype))];
  const rows = dtypes.flatMap((dtype) => {
    const ofDtype = results.filter((result) => result.dtype === dtype);
    return REQUIREMENTS.filter(({ against }) => has(against, dtype)).map((one) => rowOf(one, ofDtype, dtype));
  });
  const head = ['requirement', 'bound', 'worst', 'where', '', 'worst, by the fastest rounds'];
  return table(head, [...rows, ...constructionRow(wholeSolves)]);
}

/** The row of what `minimize` takes to construct and drop; no row where no whole solve was measured. */
function constructionRow(wholeSolves: readonly Result[]): string[][] {
  if (wholeSolves.length === 0) return [];
  const head = ['float64, a whole solve, n = 2: µs that minimize takes to construct and drop', 'at most 4'];
  const ours = wholeSolves.find(({ subject }) => subject === MINIMIZE);
  if (!ours?.construction) return [[...head, '', '', 'not measured', '']];
  const { median, fastest } = ours.construction;
  const isMet = median <= MOST_CONSTRUCTION ? 'met' : 'not met';
  return [[...head, microseconds(median), nameOf(ours), isMet, microseconds(fastest)]];
}

/** Whether the subject that ours is compared with computes in this dtype. */
const has = (against: string, dtype: Dtype): boolean =>
  SUBJECTS.find(({ name }) => name === against)?.suits({ n: 1e4, m: 10, dtype }) ?? true;

function rowOf(
  { text, subject, against, cells, bound }: Requirement,
  results: readonly Result[],
  dtype: Dtype,
): string[] {
  const isFloor = against === 'floor';
  const head = [`${dtype}, ${text}`, `${isFloor ? 'at most' : 'at least'} ${bound}`];
  const worst = (round: 'median' | 'fastest'): { cell: Cell; value: number } | undefined =>
    results
      .filter((result) => result.subject === subject && cells(result))
      .flatMap((ours) => {
        const peer = results.find((one) => one.subject === against && one.n === ours.n && one.m === ours.m);
        const own = ours.times?.[round];
        const other = isFloor ? ours.floor : peer?.times?.[round];
        return own && other ? [{ cell: ours, value: isFloor ? own / other : other / own }] : [];
      })
      .sort((a, b) => (isFloor ? b.value - a.value : a.value - b.value))[0];
  const [median, fastest] = [worst('median'), worst('fastest')];
  if (median === undefined || fastest === undefined) return [...head, '', '', 'not measured', ''];
  const isMet = isFloor ? median.value <= bound : median.value >= bound;
  return [...head, digits(median.value), nameOf(median.cell), isMet ? 'met' : 'not met', digits(fastest.value)];
}
