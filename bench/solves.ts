// Whole solves: how many evaluations and how much time it takes to come near the minimum.
// `npm run bench:solves [-- PROBLEM… --runs N --docs]`; `npm run bench:peers` installs the others.
//
// Each run of each subject is a process of its own, the subjects in turn. It solves until it is warm, then for the record. The
// time is from the start of the solve to the end of the first evaluation that is near enough, the objective included; "objective
// alone" is what as many evaluations cost by themselves. Ours has it in TypeScript, all others in C++ (objectives.hpp), Python's
// by ctypes. The tolerances of all subjects are off but for one, max|g|, so that none stops early; each keeps its line search.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { minimize, type Objective } from 'lbfgs';
import type { Measurement } from './solves/meter';
import { PROBLEM_NAMES, problemNamed, type ProblemName, type SolveProblem } from './solves/problems';
import { machineName, table, writeSection } from './solves/section';
import { subjectsIn, type Subject } from './solves/subjects';

/** One thread each. */
const ENVIRONMENT = { ...process.env, LBFGS_THREADS: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };

/** What the processes of each subject measured. */
type Results = Map<Subject, Measurement[]>;

interface Minimum {
  readonly start: number;
  readonly loss: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { runs: { type: 'string', default: '5' }, docs: { type: 'boolean' } },
    allowPositionals: true,
  });
  for (const name of positionals) problemNamed(name); // throws for one that there is not
  const problems = PROBLEM_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'lbfgs-solves-'));
  try {
    const subjects = subjectsIn(folder, problems);
    const sections: string[] = [];
    for (const name of problems) {
      const problem = problemNamed(name);
      const minimum = minimumOf(problem);
      const targets = problem.accuracies.map((part) => minimum.loss + part * (minimum.start - minimum.loss));
      const results = await measure(name, targets, subjects, Number(values.runs));
      sections.push(sectionOf(problem, minimum, results));
      console.log(`${sections.at(-1)!}\n`);
      complain(problem, minimum, results);
    }
    const missing = subjects.flatMap(({ name, missing }) => (missing === undefined ? [] : [`${name} (${missing})`]));
    const where = `${cpus()[0]!.model}, Node ${process.versions.node}, medians of ${values.runs} processes, one thread each.`;
    const notes = missing.length === 0 ? where : `${where} Missing: ${missing.join(', ')}.`;
    console.log(notes);
    // The page is for runs in which every subject that is there did its work.
    if (values.docs && !process.exitCode)
      writeSection('npm run bench:solves', machineName(), [...sections, notes].join('\n\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** f* as this package finds it where no tolerance ends the solve, in units that even out the parameters. */
function minimumOf({ fun, x0, units = Array.from(x0, () => 1) }: SolveProblem): Minimum {
  const x = new Float64Array(x0.length);
  const scaled: Objective = (parts, gradient) => {
    for (const [i, unit] of units.entries()) x[i] = parts[i]! * unit;
    const loss = fun(x, gradient);
    for (const [i, unit] of units.entries()) gradient[i]! *= unit;
    return loss;
  };
  const start = x0.map((value, i) => value / units[i]!);
  const { loss } = minimize(scaled, start, { toleranceGrad: 0, toleranceChange: 0, maxIter: 1e6 });
  return { start: fun(x0, new Float64Array(x0.length)), loss };
}

/** Runs the subjects in turn, and that `runs` times: what slows the machine down for a while slows all of them. */
async function measure(name: ProblemName, targets: number[], subjects: Subject[], runs: number): Promise<Results> {
  const results: Results = new Map(subjects.filter(({ missing }) => missing === undefined).map((s) => [s, []]));
  for (let run = 0; run < runs; run++) {
    for (const [subject, measured] of results) {
      const solves = await solvesBy(subject.command(name, targets)).catch((error: unknown) => {
        console.error(`${subject.name}: ${String(error)}`);
        process.exitCode = 1;
        return undefined;
      });
      if (!solves) {
        results.delete(subject);
        continue;
      }
      measured.push({ ...solves[0]!, ms: targets.map((_, i) => median(solves.map(({ ms }) => ms[i]!))) });
    }
  }
  return results;
}

async function solvesBy([program, ...args]: readonly string[]): Promise<Measurement[]> {
  const { stdout } = await promisify(execFile)(program!, args, { env: ENVIRONMENT, maxBuffer: 2 ** 28 });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Measurement);
}

function sectionOf(problem: SolveProblem, minimum: Minimum, results: Results): string {
  const head = [
    'subject',
    ...problem.accuracies.flatMap((accuracy) => [`evaluations to ${accuracy.toExponential()}`, 'ms']),
    'objective alone, ms',
    'all evaluations',
    'iterations',
    'f - f*',
    'max\\|g\\|',
    'ended by',
  ];
  const rows = [...results].map(([{ name }, measured]) => {
    const middle = (of: (measurement: Measurement) => number): number => median(measured.map(of));
    const { evaluations, allEvaluations, iterations, loss, gradNorm, status } = measured[0]!;
    const reached = evaluations.flatMap((count, i) =>
      count === 0 ? ['never', ''] : [String(count), digits(middle(({ ms }) => ms[i]!))],
    );
    const objective = digits((evaluations.at(-1)! || allEvaluations) * middle(({ evaluationMs }) => evaluationMs));
    const end = [String(allEvaluations), String(iterations), (loss - minimum.loss).toExponential(1)];
    return [name, ...reached, objective, ...end, gradNorm.toExponential(1), status.toLowerCase() || '-'];
  });
  const title = `**${problem.title}**: f0 = ${minimum.start.toPrecision(6)}, f* = ${Number(minimum.loss.toPrecision(12))}`;
  return `${title}\n\n${table(head, rows)}`;
}

/** Subjects have to start at the same loss, and none may come out below f*: else they do not solve the same problem. */
function complain(problem: SolveProblem, minimum: Minimum, results: Results): void {
  const slack = 1e-12 * (minimum.start - minimum.loss);
  for (const [{ name }, [measurement]] of results) {
    const { first, loss } = measurement!;
    if (Math.abs(first - minimum.start) <= slack && loss >= minimum.loss - slack) continue;
    console.error(`${problem.title}: ${name} starts at ${first} and ends at ${loss}`);
    process.exitCode = 1;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
}

/** Three digits. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

void main();
