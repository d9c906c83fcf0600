// npm run bench:bounds: how many evaluations each library needs for the problems with bounds and with an L1 penalty of
// test/problems. README.md beside this file says how they are counted.

import { BOUNDED, L1, type BoundedProblem } from '../test/problems/collection/bounded';
import { playInBox, type Manner } from './bounds/play';
import { endingsTable, pairsInBoxTable, togetherTable, unsolvedInBoxTable, type PlayedInBox } from './bounds/tables';
import { machineName, readOptions, say, writeSection } from './output';
import { IN_A_BOX, type Subject } from './subjects';

const USAGE = `npm run bench:bounds -- [options]
  --only NAME      the problems whose names contain this
  --subjects a,b   those whose names begin with one of these (default: all)
  --m 10           pairs that all keep (default: each its own)
  --docs           also writes the tables into bench/results/`;

/** The evaluations that a subject may make at its defaults, and its iterations with the tolerances off. */
const BUDGET = 5000;
const MOST_ITERATIONS = 2500;

async function sectionOf(
  title: string,
  problems: readonly BoundedProblem[],
  subjects: readonly Subject[],
  m: string,
): Promise<string> {
  const play = async (manner: Manner): Promise<PlayedInBox> => {
    const played = new Map<string, Awaited<ReturnType<typeof playInBox>>>();
    for (const subject of subjects) {
      say(`${title}, ${manner.maxEval ? 'at defaults' : 'tolerances off'}: ${subject.name}`);
      const solved = await playInBox(subject, problems, manner);
      if (solved.some((one) => one !== null)) played.set(subject.name, solved);
    }
    return played;
  };
  const tight = await play({ toleranceGrad: 1e-9, maxIter: MOST_ITERATIONS, ...(m && { m: Number(m) }) });
  const defaults = await play({ maxEval: BUDGET });
  const tables = [
    ...[togetherTable(tight), pairsInBoxTable(tight)],
    ...[endingsTable(defaults, tight), unsolvedInBoxTable(defaults, tight)],
  ];
  return [`**${title}**, ${problems.length} problems:`, ...tables].join('\n\n');
}

export async function compareInBoxes(): Promise<void> {
  const { values } = readOptions(USAGE, { only: '', subjects: '', m: '', docs: false });
  const wanted = values.subjects.toLowerCase().split(',');
  const asked = IN_A_BOX.filter(({ name }) => wanted.some((part) => name.toLowerCase().startsWith(part)));
  const subjects = asked.filter(({ missing }) => missing() === null);
  const absent = asked.filter((one) => !subjects.includes(one)).map((one) => `${one.name} (${one.missing() ?? ''})`);
  const sections: string[] = [];
  for (const [title, all] of [
    ['Bounds', BOUNDED],
    ['L1', L1],
  ] as const) {
    const problems = all.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));
    if (problems.length === 0) continue;
    sections.push(await sectionOf(title, problems, subjects, values.m));
    console.log(`${sections.at(-1)!}\n`);
  }
  const notes = [values.m ? `m = ${values.m} for all.` : 'Each with its own number of pairs.'];
  if (absent.length > 0) notes.push(`Missing: ${absent.join(', ')}.`);
  console.log(`${notes.join(' ')} ${machineName()}`);
  if (values.docs) writeSection('npm run bench:bounds', machineName(), [...sections, notes.join(' ')].join('\n\n'));
}

if (require.main === module) void compareInBoxes();
