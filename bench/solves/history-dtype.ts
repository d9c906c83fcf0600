// npm run bench:history-dtype [-- --docs]: how historyDtype 'float32' changes the numbers of iterations on the recorded
// test problems and on those of the benchmark of whole solves.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimize, type MinimizeOptions, type Objective } from 'lbfgs';
import { FUNCS } from '../../test/golden/problems.mjs';
import { machineName, readOptions, table, writeSection } from '../output';
import { PROBLEM_NAMES, problemNamed } from './problems';

interface TestProblem {
  readonly name: string;
  readonly fun: Objective;
  readonly x0: ArrayLike<number>;
  readonly options: MinimizeOptions;
}

/**
 * The recorded problems; two are the same function cut into other tensors, which a solve for one vector does not see.
 */
function recordedProblems(): TestProblem[] {
  const file = join(__dirname, '..', '..', 'test', 'golden', 'problems.json');
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<
    string,
    { func: string; x0: number[]; data: unknown }
  >;
  return Object.entries(recorded)
    .filter(([name]) => !name.endsWith('_tensors'))
    .map(([name, { func, x0, data }]) => ({ name, x0, fun: (x, g) => FUNCS[func]!(x, data, g), options: {} }));
}

function benchmarkProblems(): TestProblem[] {
  return PROBLEM_NAMES.map((name) => {
    const { x0, fun, toleranceGrad } = problemNamed(name);
    return { name: `bench: ${name}`, x0, fun, options: { toleranceGrad, toleranceChange: 0 } };
  });
}

function row({ name, x0, fun, options }: TestProblem): string[] {
  const results = (['float64', 'float32'] as const).map((historyDtype) =>
    minimize(fun, x0, { ...options, historyDtype }),
  );
  return [
    name,
    String(x0.length),
    ...results.map(({ iterations }) => String(iterations)),
    ...results.map(({ evaluations }) => String(evaluations)),
    ...results.map(({ loss }) => loss.toPrecision(6)),
    [...new Set(results.map(({ status }) => status))].join(' / '),
  ];
}

const { values } = readOptions('npm run bench:history-dtype [-- --docs]', { docs: false });
const both = (what: string): string[] => [`${what}, float64`, 'float32'];
const head = ['problem', 'n', ...both('iterations'), ...both('evaluations'), ...both('loss'), 'status'];
const text = table(head, [...recordedProblems(), ...benchmarkProblems()].map(row));
console.log(text);
if (values.docs) writeSection('npm run bench:history-dtype', machineName(), text);
