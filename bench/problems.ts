// npm run bench:problems: how many problems of the collection in test/problems each library solves at its own defaults,
// and with how many evaluations. docs/accuracy.md says how they are counted.

import { join } from 'node:path';
import { COLLECTION, MGH, type Problem } from '../test/problems/collection';
import { noisy, NOISES, scaled, type Noise } from '../test/problems/collection/wrappers';
import { machineName, readOptions, say, writeBetween } from './output';
import { playProblems, type Solved } from './problems/play';
import { writeProfiles } from './problems/profiles';
import { conditionsTable, pairsTable, subjectsTable, unsolvedTable, type Played } from './problems/tables';
import { AT_DEFAULTS, BUILD, OURS, type Subject } from './subjects';

const SCALES = ['f=2^-40', 'f=2^-20', 'f=2^20', 'f=2^40', 'x=2^-20', 'x=2^-10', 'x=2^10', 'x=2^20'];
const SEED = 7;
const PICTURE = 'profiles.svg';
const DOCS = join(__dirname, '..', 'docs');

const USAGE = `npm run bench:problems -- [options]
  --only NAME          the problems whose names contain this
  --mgh                those of Moré, Garbow and Hillstrom
  --subjects a,b       those whose names begin with one of these (default: all, or ours where all conditions are asked for)
  --noise KIND         with noise: ${NOISES.join('; ')}; or all
  --scale f=2^k,x=2^k  in other units; or all
  --docs               everything, written into docs/accuracy.md and docs/images/${PICTURE}`;

const { values } = readOptions(USAGE, { only: '', mgh: false, subjects: '', noise: '', scale: '', docs: false });

type Condition = (problem: Problem) => Problem;

function noise(kind: string): Condition {
  if (!NOISES.includes(kind as Noise)) throw new Error(`Expected one of ${NOISES.join('; ')} but received ${kind}`);
  return (problem) => noisy(problem, kind as Noise, SEED);
}

function scale(text: string): Condition {
  const factors = { f: 1, x: 1 };
  for (const part of text.split(',')) {
    const [, name, exponent] = /^([fx])=2\^(-?\d+)$/.exec(part) ?? [];
    if (name === undefined) throw new Error(`Expected f=2^k,x=2^k for --scale but received ${text}`);
    factors[name as 'f' | 'x'] = 2 ** Number(exponent);
  }
  return (problem) => scaled(problem, factors.f, factors.x);
}

const wanted = (values.mgh ? MGH : COLLECTION).filter(({ name }) =>
  name.toLowerCase().includes(values.only.toLowerCase()),
);
const wantedSubjects = (names: string): Subject[] =>
  AT_DEFAULTS.filter((one) => names.split(',').some((part) => one.name.toLowerCase().startsWith(part.toLowerCase())));

async function playAll(subjects: readonly Subject[], problems: readonly Problem[]): Promise<Played> {
  const played = new Map<string, Solved[]>();
  for (const subject of subjects.filter(({ missing }) => missing() === null)) {
    say(`${subject.name}: ${problems.length} problems`);
    played.set(subject.name, await playProblems(subject, problems));
  }
  return played;
}

/** The subjects beside each other. */
async function compared(picture: string): Promise<string> {
  const conditions = [...(values.noise ? [noise(values.noise)] : []), ...(values.scale ? [scale(values.scale)] : [])];
  const changed = wanted.map((problem) => conditions.reduce((one, condition) => condition(one), problem));
  const subjects = wantedSubjects(values.subjects);
  const played = await playAll(subjects, changed);
  if (played.size === 0 || wanted.length === 0) throw new Error('Expected a problem and a subject but there is none');
  await writeProfiles(played, picture);
  const part = (isOf: (problem: Problem) => boolean): Played =>
    new Map([...played].map(([name, solved]) => [name, solved.filter((_, i) => isOf(wanted[i]!))]));
  const isMgh = (problem: Problem): boolean => MGH.includes(problem);
  const tables = [
    ['Moré, Garbow and Hillstrom', part(isMgh)] as const,
    ['The others', part((problem) => !isMgh(problem))] as const,
  ].flatMap(([title, of]) => {
    const count = [...of.values()][0]!.length;
    return count === 0
      ? []
      : [`**${title}**, ${count} problems:\n\n${subjectsTable(of)}`, ...(of.size > 1 ? [pairsTable(of)] : [])];
  });
  const missing = subjects.flatMap((one) => (played.has(one.name) ? [] : [`${one.name} (${one.missing() ?? ''})`]));
  const absent = missing.length === 0 ? [] : [`Missing: ${missing.join(', ')}.`];
  return [...tables, unsolvedTable(played), ...absent].join('\n\n');
}

/** Each subject under all conditions of a kind, beside the collection as it is. */
async function underAll(names: readonly string[], condition: (name: string) => Condition) {
  const tables: string[] = [];
  for (const subject of wantedSubjects(values.subjects || OURS).filter(({ missing }) => missing() === null)) {
    const conditions = new Map<string, Solved[]>();
    for (const name of ['as they are', ...names]) {
      const changed = name === 'as they are' ? wanted : wanted.map(condition(name));
      const played = await playAll([subject], changed);
      for (const solved of played.values()) conditions.set(name, [...solved]);
    }
    tables.push(`${subject.name}:\n\n${conditionsTable(conditions)}`);
  }
  return tables.join('\n\n');
}

async function main(): Promise<void> {
  const sections: [string, () => Promise<string>][] = [
    ['', () => compared(values.docs ? join(DOCS, 'images', PICTURE) : join(BUILD, PICTURE))],
    [' -- --scale all', () => underAll(SCALES, scale)],
    [' -- --noise all', () => underAll(NOISES, noise)],
  ];
  const isAsked = [values.scale !== 'all' && values.noise !== 'all', values.scale === 'all', values.noise === 'all'];
  for (const [name, make] of sections.filter((_, i) => values.docs || isAsked[i])) {
    const text = await make();
    console.log(`${text}\n`);
    if (values.docs) writeBetween(join(DOCS, 'accuracy.md'), `npm run bench:problems${name}`, text);
  }
  console.log(machineName());
}

void main();
