// npm run bench: the time of an iteration of this package and of others, in one run. README.md beside this file says
// what is timed.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { comparison, subjectsBefore } from './before';
import { DTYPES, HISTORIES, isShortSolve, SIZES, type Cell, type Dtype } from './cells';
import { writeChart } from './chart';
import { measure, together, type Plan, type Report } from './measure';
import { readOptions, writeSection } from './output';
import { requirements } from './requirements';
import { reportText } from './report';
import { BUILD, oursOf, SHORT_SOLVERS, SUBJECTS, type Subject } from './subjects';

const RESULTS = join(BUILD, 'per-iteration.json');
const CHART = join(BUILD, 'performance.svg');

const USAGE = `npm run bench -- [options]
  --sizes 2,1e6       n (default: ${SIZES.map(String).join(',')})
  --histories 10      m (default: ${HISTORIES.join(',')})
  --dtypes float64    (default: ${DTYPES.join(',')})
  --subjects a,b      those whose names begin with one of these (default: all)
  --rounds 5          each: every cell, every subject
  --quick             fewer of all: under two minutes
  --before FOLDER     ours alone, against the package built in another clone, interleaved
  --docs              also writes the tables into bench/results/ and the chart into docs/
  --to FILE           where what was measured goes (default: ${RESULTS})
  --from FILE,FILE    shows what earlier runs measured, other cells each, instead of measuring`;

const QUICK = { sizes: '2,1e3,1e5,1e6', histories: '10', dtypes: 'float64', rounds: '3', seconds: 0.1 };
const FULL = { sizes: SIZES.join(), histories: HISTORIES.join(), dtypes: DTYPES.join(), rounds: '5', seconds: 0.4 };

const { values } = readOptions(USAGE, {
  ...{ sizes: '', histories: '', dtypes: '', subjects: '', rounds: '' },
  ...{ quick: false, before: '', docs: false, to: RESULTS, from: '' },
});

function planned(): Plan {
  const defaults = values.quick ? QUICK : FULL;
  const list = (name: 'sizes' | 'histories' | 'dtypes'): string[] => (values[name] || defaults[name]).split(',');
  const dtypes = list('dtypes').filter((name): name is Dtype => (DTYPES as readonly string[]).includes(name));
  const cells: Cell[] = dtypes.flatMap((dtype) =>
    list('histories').flatMap((m) => list('sizes').map((n) => ({ n: Number(n), m: Number(m), dtype }))),
  );
  const candidates = values.before ? [...oursOf(), ...subjectsBefore(resolve(values.before))] : SUBJECTS;
  const wanted = values.subjects.toLowerCase().split(',');
  const isWanted = ({ name }: Subject): boolean => wanted.some((part) => name.toLowerCase().startsWith(part));
  return {
    cells,
    subjects: candidates.filter(isWanted),
    shortSolvers: !values.before && cells.some(isShortSolve) ? SHORT_SOLVERS.filter(isWanted) : [],
    rounds: Number(values.rounds || defaults.rounds),
    seconds: defaults.seconds,
  };
}

async function run(): Promise<Report> {
  const report = await measure(planned());
  mkdirSync(dirname(values.to), { recursive: true });
  writeFileSync(values.to, `${JSON.stringify(report, null, 1)}\n`);
  console.error(`Measured: ${values.to}`);
  return report;
}

function readRuns(files: string): [Report, ...Report[]] {
  return files.split(',').map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report) as [Report, ...Report[]];
}

async function main(): Promise<void> {
  const report = values.from ? together(readRuns(values.from)) : await run();
  if (values.before) {
    console.log(comparison(report));
    return;
  }
  const text = `${reportText(report)}\n\n### What must hold\n\n${requirements(report)}`;
  console.log(text);
  if (values.docs) {
    writeSection('npm run bench', report.machine, text);
    await writeChart(report, join(__dirname, '..', 'docs', 'images', 'performance.svg'));
  } else {
    await writeChart(report, CHART);
    console.log(`\nWritten: ${CHART}`);
  }
}

void main();
