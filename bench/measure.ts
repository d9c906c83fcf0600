// The measurement: the requests to each subject in each cell, and the summary of its replies.

import { bytesOf, leftOut, nameOf, SHORT_SOLVE, timedIterations, type Cell } from './cells';
import { machineName } from './output';
import { play, refusalOf, type Job } from './process';
import { median, type Answer, type Bandwidth, type Reply } from './protocol';
import { BANDWIDTH, OURS_FLOAT32, type Subject } from './subjects';

export interface Plan {
  readonly cells: readonly Cell[];
  readonly subjects: readonly Subject[];
  readonly shortSolvers: readonly Subject[]; // empty where the run does not have the cell of isShortSolve()
  readonly rounds: number;
  readonly seconds: number; // the least time of solves in a cell of a round
}

/** Nanoseconds: the median, the least and the most of the rounds. */
export interface Times {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** The result of all rounds for a subject in a cell, or for its whole solves of two variables. */
export interface Result extends Cell {
  readonly subject: string;
  readonly threads: number;
  readonly times: Times | null; // of an iteration, or of a whole solve
  readonly evaluations: number; // in an iteration, or in a whole solve
  readonly construction: Times | null; // of whole solves, where the subject measures it
  readonly floor: number | null; // nanoseconds of an iteration at the read bandwidth
  readonly note: string | null; // why there is no figure
}

export interface Speed extends Cell, Bandwidth {
  readonly threads: number;
}

export interface Report {
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  readonly results: readonly Result[];
  readonly wholeSolves: readonly Result[];
  readonly bandwidth: readonly Speed[];
  readonly leftOut: readonly string[];
  readonly missing: readonly string[];
}

/** The cells of several runs, each cell from one of them. */
export function together(runs: readonly [Report, ...Report[]]): Report {
  return {
    ...runs[0],
    rounds: Math.min(...runs.map((run) => run.rounds)),
    results: runs.flatMap((run) => run.results),
    wholeSolves: runs.flatMap((run) => run.wholeSolves),
    bandwidth: runs.flatMap((run) => run.bandwidth),
    leftOut: [...new Set(runs.flatMap((run) => run.leftOut))],
    missing: [...new Set(runs.flatMap((run) => run.missing))],
  };
}

interface CellJob extends Job {
  readonly cell: Cell;
}

export async function measure({ cells, subjects, shortSolvers, rounds, seconds }: Plan): Promise<Report> {
  const absent = new Map([...BANDWIDTH, ...subjects, ...shortSolvers].map((subject) => [subject, subject.missing()]));
  const isPresent = (subject: Subject): boolean => absent.get(subject) === null;
  const jobsOf = (of: readonly Subject[]): CellJob[] =>
    cells
      .filter((cell) => leftOut(cell) === null)
      .flatMap((cell) => of.filter((one) => isPresent(one) && one.suits(cell)).map((one) => jobOf(cell, one, seconds)));
  // The jobs go cell by cell, and the bandwidth is measured among the subjects of each cell.
  const jobs = jobsOf([...BANDWIDTH, ...subjects]);
  const solves = shortSolvers.filter(isPresent).map((subject): CellJob => {
    const request = { ...SHORT_SOLVE, seconds, warm: seconds };
    return { title: 'a whole solve, n = 2', cell: { n: 2, m: SHORT_SOLVE.m, dtype: 'float64' }, subject, request };
  });
  const replies = await play([...jobs, ...solves], rounds);
  const bandwidth = jobs.flatMap((job) => speedOf(job, replies.get(job)!));
  return {
    machine: machineName(),
    date: new Date().toISOString().slice(0, 10),
    rounds,
    results: jobs
      .filter(({ subject }) => !BANDWIDTH.includes(subject))
      .map((job) => summarise(job, replies.get(job)!, floorOf(job, bandwidth))),
    wholeSolves: solves.map((job) => summarise(job, replies.get(job)!, null)),
    bandwidth,
    leftOut: cells.flatMap((cell) => {
      const why = leftOut(cell);
      return why === null ? [] : [`${nameOf(cell)}: ${why}`];
    }),
    missing: [...new Set([...absent].flatMap(([{ name }, why]) => (why === null ? [] : [`${name}: ${why}`])))],
  };
}

function jobOf(cell: Cell, subject: Subject, seconds: number): CellJob {
  const { n, m } = cell;
  const iterations = timedIterations(cell);
  // A step of 1 would leave the range of float32 too soon where n is small. The warm-up gives the compiler of
  // JavaScript its time.
  const [step, warm] = [n < 1000 ? 0.1 : 1, m * n < 1e6 ? seconds / 2 : 0];
  const request = { problem: 'endless', ...cell, step, fill: subject.fill ?? m + 1, iterations, seconds, warm };
  return { title: nameOf(cell), cell, subject, request };
}

function speedOf({ cell, subject }: CellJob, replies: readonly Reply[]): Speed[] {
  const rounds = replies.filter((reply): reply is Bandwidth => 'huge' in reply);
  if (rounds.length === 0) return [];
  const of = (name: keyof Bandwidth): number => median(rounds.map((round) => round[name]));
  return [{ ...cell, threads: subject.threads, huge: of('huge'), small: of('small'), copy: of('copy') }];
}

function summarise({ cell, subject, request }: CellJob, replies: readonly Reply[], floor: number | null): Result {
  const answers = replies.filter((reply): reply is Answer => 'solve' in reply);
  const { iterations = 0, toleranceGrad = 0 } = request;
  const isSolve = iterations === 0;
  const evaluations = median(answers.map((one) => (isSolve ? one.evaluations : one.timedEvaluations / iterations)));
  const isOff = isSolve && answers.some(({ loss, gradNorm }) => !(loss < 1e-12 && gradNorm <= toleranceGrad));
  const note = refusalOf(replies) ?? (isOff ? 'failed: ended away from the minimum' : null);
  const time = ({ solve, timed, timedEvaluations, objective }: Answer): number =>
    isSolve ? solve : (timed - objective * timedEvaluations) / iterations;
  return {
    ...cell,
    subject: subject.name,
    threads: subject.threads,
    times: note === null ? timesOf(answers.map(time)) : null,
    evaluations,
    construction: timesOf(answers.flatMap(({ construction }) => construction ?? [])),
    floor,
    note,
  };
}

const timesOf = (values: readonly number[]): Times | null =>
  values.length === 0 ? null : { median: median(values), fastest: Math.min(...values), slowest: Math.max(...values) };

/**
 * Nanoseconds that (4 m + 16) n numbers take at the read bandwidth, of huge pages or small ones, whichever is faster.
 */
function floorOf({ cell, subject }: CellJob, speeds: readonly Speed[]): number | null {
  const { n, m, dtype } = cell;
  const { name, threads } = subject;
  const same = speeds.find((b) => b.n === n && b.m === m && b.dtype === dtype && b.threads === threads);
  if (same === undefined) return null;
  const ofHistory = name === OURS_FLOAT32 ? bytesOf('float32') : bytesOf(dtype);
  return ((4 * m * ofHistory + 16 * bytesOf(dtype)) * n) / Math.max(same.huge, same.small);
}
