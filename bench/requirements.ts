// What must hold, each as a line: the requirement, the worst that was measured, met or not.

import { nameOf, type Cell, type Dtype } from './cells';
import type { Report, Result } from './measure';
import { OURS, OURS_2, PLAIN_JS, SUBJECTS } from './subjects';
import { ratio } from './report';
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
export function requirements({ results }: Report): string {
  const dtypes = [...new Set(results.map((result) => result.dtype))];
  const rows = dtypes.flatMap((dtype) => {
    const ofDtype = results.filter((result) => result.dtype === dtype);
    return REQUIREMENTS.filter(({ against }) => has(against, dtype)).map((one) => rowOf(one, ofDtype, dtype));
  });
  return table(['requirement', 'bound', 'worst', 'where', ''], rows);
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
  const measured = results
    .filter((result) => result.subject === subject && cells(result))
    .flatMap((ours) => {
      const other = isFloor ? ours.floor : find(results, against, ours);
      if (ours.iteration === null || other === null) return [];
      return [{ cell: ours, value: isFloor ? ours.iteration / other : other / ours.iteration }];
    });
  const head = [`${dtype}, ${text}`, `${isFloor ? 'at most' : 'at least'} ${bound}`];
  if (measured.length === 0) return [...head, '', '', 'not measured'];
  const worst = measured.reduce((a, b) => (isFloor === b.value > a.value ? b : a));
  const isMet = isFloor ? worst.value <= bound : worst.value >= bound;
  return [...head, ratio(worst.value), nameOf(worst.cell), isMet ? 'met' : 'not met'];
}

function find(results: readonly Result[], subject: string, { n, m }: Cell): number | null {
  return results.find((result) => result.subject === subject && result.n === n && result.m === m)?.iteration ?? null;
}
