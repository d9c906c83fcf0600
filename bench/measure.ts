// The measurement: rounds of all cells, each cell through all subjects in turn, so that what the machine does meanwhile hits all alike.

import { HarnessProcess, isRefusal, type Bandwidth, type Reply, type Timing } from './harness-process';
import { bytesOf, leftOut, nameOf, type Cell } from './cells';
import { median } from './statistics';
import { BANDWIDTH, OURS_FLOAT32, type Subject } from './subjects';
import { measureWholeSolves, type WholeSolveResult } from './whole-solves';

export interface Plan {
  readonly cells: readonly Cell[];
  readonly subjects: readonly Subject[];
  readonly wholeSolves: readonly Subject[]; // who solves as a whole; nobody where the run has no such cell
  readonly rounds: number;
  readonly seconds: number; // of solves, at least, in a cell of a round
}

/** What all rounds say of a subject in a cell. */
export interface Result extends Cell {
  readonly subject: string;
  readonly threads: number;
  readonly iteration: number | null; // nanoseconds: the median round's
  readonly spread: readonly [number, number]; // the fastest and the slowest round's
  readonly objective: number;
  readonly evaluations: number;
  readonly floor: number | null; // nanoseconds
  readonly note: string | null; // why there is no figure
}

export interface BandwidthResult extends Cell, Bandwidth {
  readonly threads: number;
}

export interface Report {
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  readonly results: readonly Result[];
  readonly bandwidth: readonly BandwidthResult[];
  readonly wholeSolves?: readonly WholeSolveResult[]; // files from before do not have it
  readonly leftOut: readonly string[];
  readonly missing: readonly string[];
}

/** The cells of several runs, each cell from one of them. */
export function together(runs: readonly [Report, ...Report[]]): Report {
  return {
    ...runs[0],
    rounds: Math.min(...runs.map((run) => run.rounds)),
    results: runs.flatMap((run) => run.results),
    bandwidth: runs.flatMap((run) => run.bandwidth),
    wholeSolves: runs.flatMap((run) => run.wholeSolves ?? []),
    leftOut: [...new Set(runs.flatMap((run) => run.leftOut))],
    missing: [...new Set(runs.flatMap((run) => run.missing))],
  };
}

type Say = (text: string) => void;

export async function measure(plan: Plan, machine: string, say: Say): Promise<Report> {
  const cells = plan.cells.filter((cell) => leftOut(cell) === null);
  const absent = new Map([...BANDWIDTH, ...plan.subjects].map((subject) => [subject, subject.missing()]));
  const present = [...absent.keys()].filter((subject) => absent.get(subject) === null);
  const replies = new Map<string, Reply[]>();
  for (let round = 1; round <= plan.rounds; round++) {
    // A process sees one dtype only: JavaScript's engine would otherwise compile for both.
    for (const dtype of new Set(cells.map((cell) => cell.dtype))) {
      const ofDtype = cells.filter((cell) => cell.dtype === dtype);
      await playRound(ofDtype, present, plan.seconds, replies, (text) => {
        say(`round ${round} of ${plan.rounds}: ${text}`);
      });
    }
  }
  const wholeSolves = await measureWholeSolves(plan.wholeSolves, plan, say);
  const bandwidth = cells.flatMap((cell) => bandwidthOf(cell, replies));
  const results = cells.flatMap((cell) =>
    plan.subjects
      .filter((subject) => subject.suits(cell) && present.includes(subject))
      .map((subject) => summarise(cell, subject, replies.get(keyOf(cell, subject)) ?? [], bandwidth)),
  );
  return {
    machine,
    date: new Date().toISOString().slice(0, 10),
    rounds: plan.rounds,
    results,
    bandwidth,
    wholeSolves: wholeSolves.results,
    leftOut: plan.cells.flatMap((cell) => {
      const why = leftOut(cell);
      return why === null ? [] : [`${nameOf(cell)}: ${why}`];
    }),
    missing: [
      ...[...absent].flatMap(([subject, why]) => (why === null ? [] : [`${subject.name}: ${why}`])),
      ...wholeSolves.missing,
    ],
  };
}

async function playRound(
  cells: readonly Cell[],
  subjects: readonly Subject[],
  seconds: number,
  replies: Map<string, Reply[]>,
  say: Say,
): Promise<void> {
  const processes = new Map(subjects.map((subject) => [subject, new HarnessProcess(subject)]));
  for (const cell of cells) {
    for (const [subject, harness] of processes) {
      if (!subject.suits(cell)) continue;
      const key = keyOf(cell, subject);
      const before = replies.get(key) ?? [];
      if (before.some(isRefusal)) continue; // it would say so again
      say(`${nameOf(cell)}, ${subject.name}`);
      replies.set(key, [...before, await harness.ask(cell, seconds)]);
    }
  }
  for (const harness of processes.values()) harness.close();
}

const keyOf = (cell: Cell, subject: Subject): string => `${nameOf(cell)}, ${subject.name}`;

function bandwidthOf(cell: Cell, replies: Map<string, Reply[]>): BandwidthResult[] {
  return BANDWIDTH.flatMap((subject) => {
    const rounds = (replies.get(keyOf(cell, subject)) ?? []).filter((reply): reply is Bandwidth => 'huge' in reply);
    if (rounds.length === 0) return [];
    const of = (name: keyof Bandwidth): number => median(rounds.map((round) => round[name]));
    return [{ ...cell, threads: subject.threads, huge: of('huge'), small: of('small'), copy: of('copy') }];
  });
}

function summarise(
  cell: Cell,
  { name, threads }: Subject,
  replies: readonly Reply[],
  bandwidth: readonly BandwidthResult[],
): Result {
  const timings = replies.filter((reply): reply is Timing => 'iteration' in reply);
  const refusal = replies.find(isRefusal);
  const note = refusal === undefined ? null : 'failed' in refusal ? `failed: ${refusal.failed}` : refusal.unavailable;
  const iterations = timings.map((timing) => timing.iteration);
  return {
    ...cell,
    subject: name,
    threads,
    iteration: note === null ? median(iterations) : null,
    spread: [Math.min(...iterations), Math.max(...iterations)],
    objective: median(timings.map((timing) => timing.objective)),
    evaluations: median(timings.map((timing) => timing.evaluations)),
    floor: floorOf(cell, name, threads, bandwidth),
    note,
  };
}

/** Nanoseconds that (4 m + 16) n numbers take at the read bandwidth, of huge pages or small ones, whichever is faster. */
function floorOf(cell: Cell, name: string, threads: number, bandwidth: readonly BandwidthResult[]): number | null {
  const { n, m, dtype } = cell;
  const same = bandwidth.find((b) => b.n === n && b.m === m && b.dtype === dtype && b.threads === threads);
  if (same === undefined) return null;
  const ofHistory = name === OURS_FLOAT32 ? bytesOf('float32') : bytesOf(dtype);
  return ((4 * m * ofHistory + 16 * bytesOf(dtype)) * n) / Math.max(same.huge, same.small);
}
