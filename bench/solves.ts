// npm run bench:solves: how many evaluations and how much time a whole solve takes to come near the minimum.
//
// The time is from the start of the solve to the end of the first evaluation that is near enough, the objective
// included; "objective alone" is what as many evaluations cost by themselves. This package has the objective in
// TypeScript, all others in C++ (peers/objectives.cpp), those in Python by ctypes. The tolerances of all subjects are
// off but for the one on max|g|, so that none stops early; each keeps its line search.

import { cpus } from 'node:os';
import { minimize, type Objective } from 'lbfgs';
import { compareInBoxes } from './bounds';
import { digits, machineName, readOptions, table, writeSection } from './output';
import { play, refusalOf, type Job } from './process';
import { median, type Answer, type Reply } from './protocol';
import { PROBLEM_NAMES, problemNamed, type ProblemName, type SolveProblem } from './solves/problems';
import { SOLVERS, type Subject } from './subjects';

const USAGE = `npm run bench:solves -- [${PROBLEM_NAMES.join('|')}…] [options]
  --runs 5     processes of each subject, the subjects in turn
  --docs       also writes the tables into bench/results/
npm run bench:solves -- bounds [options]: npm run bench:bounds`;
const SECONDS = 0.2; // of solves, at least, in a process, and as long beforehand
const LIMITS = { m: 10, maxIter: 10_000 };

interface Minimum {
  readonly start: number;
  readonly loss: number;
}

async function main(): Promise<void> {
  if (process.argv.includes('bounds')) return compareInBoxes();
  const { values, words } = readOptions(USAGE, { runs: '5', docs: false });
  for (const name of words) problemNamed(name); // throws for one that there is not
  const missing = new Map(SOLVERS.map((subject) => [subject, subject.missing()]));
  const present = SOLVERS.filter((subject) => missing.get(subject) === null);
  const sections: string[] = [];
  for (const name of PROBLEM_NAMES.filter((name) => words.length === 0 || words.includes(name))) {
    sections.push(await sectionOf(name, present, Number(values.runs)));
    console.log(`${sections.at(-1)!}\n`);
  }
  const absent = [...missing].flatMap(([{ name }, why]) => (why === null ? [] : [`${name} (${why})`]));
  const where = `${cpus()[0]!.model}, Node ${process.versions.node}, medians of ${values.runs} processes, one thread each.`;
  const notes = absent.length === 0 ? where : `${where} Missing: ${absent.join(', ')}.`;
  console.log(notes);
  // The page is for runs in which every subject that is there did its work.
  if (values.docs && !process.exitCode)
    writeSection('npm run bench:solves', machineName(), [...sections, notes].join('\n\n'));
}

async function sectionOf(name: ProblemName, subjects: readonly Subject[], runs: number): Promise<string> {
  const problem = problemNamed(name);
  const { toleranceGrad, data = {} } = problem;
  const minimum = minimumOf(problem);
  const targets = problem.accuracies.map((part) => minimum.loss + part * (minimum.start - minimum.loss));
  const request = {
    problem: name,
    x0: [...problem.x0],
    data,
    toleranceGrad,
    targets,
    seconds: SECONDS,
    warm: SECONDS,
    ...LIMITS,
  };
  const jobs = subjects.map((subject): Job => ({ title: name, subject, request }));
  const rows = [...(await play(jobs, runs))].flatMap(([{ subject }, replies]) => {
    const fault = faultOf(replies, minimum);
    if (fault === null) return [rowOf(subject.name, replies as Answer[], minimum, problem)];
    console.error(`${problem.title}: ${subject.name}: ${fault}`);
    process.exitCode = 1;
    return [];
  });
  const title = `**${problem.title}**: f0 = ${minimum.start.toPrecision(6)}, f* = ${Number(minimum.loss.toPrecision(12))}`;
  const near = problem.accuracies.flatMap((accuracy) => [`evaluations to ${accuracy.toExponential()}`, 'ms']);
  const ends = ['all evaluations', 'iterations', 'f - f*', 'max\\|g\\|', 'ended by'];
  return `${title}\n\n${table(['subject', ...near, 'objective alone, ms', ...ends], rows)}`;
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

/** Subjects have to start at the same loss, and none may come out below f*: else they do not solve the same problem. */
function faultOf(replies: readonly Reply[], minimum: Minimum): string | null {
  const refusal = refusalOf(replies);
  if (refusal !== null) return refusal;
  const { first, loss } = replies[0] as Answer;
  const slack = 1e-12 * (minimum.start - minimum.loss);
  if (Math.abs(first - minimum.start) <= slack && loss >= minimum.loss - slack) return null;
  return `starts at ${first} and ends at ${loss}`;
}

function rowOf(name: string, solves: readonly Answer[], minimum: Minimum, { accuracies }: SolveProblem): string[] {
  const { reached, evaluations, iterations, loss, gradNorm, status } = solves[0]!;
  const ms = (of: (one: Answer) => number): string => digits(median(solves.map(of)) / 1e6);
  return [
    name,
    ...accuracies.flatMap((_, i) => (reached[i] ? [String(reached[i]), ms(({ times }) => times[i]!)] : ['never', ''])),
    ms(({ objective }) => (reached[accuracies.length - 1] ?? evaluations) * objective),
    ...[evaluations, iterations].map(String),
    ...[loss - minimum.loss, gradNorm].map((value) => value.toExponential(1)),
    status.toLowerCase() || '-',
  ];
}

void main();
