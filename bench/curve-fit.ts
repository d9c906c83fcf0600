// npm run bench:fit: curveFit and SciPy's curve_fit on NIST's nonlinear regressions, from both starts, without a
// Jacobian. SciPy gets the values of the model from this process, so that both fit the same model.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { curveFit } from 'lbfgs';
import { NIST_SETS, startOf, type NistSet } from '../test/problems/nist';
import { readOptions, writeBetween } from './output';

const USAGE = `npm run bench:fit -- [options]
  --each  a line for each fit
  --docs  writes the table into docs/curve-fit.md`;

/**
 * The result of a fit. A sweep is an evaluation of the model at all data. Parameters and errors are empty where the fit
 * failed.
 */
interface Fit {
  readonly sweeps: number;
  readonly params: readonly number[];
  readonly errors: readonly number[];
}

type Fitter = (set: NistSet, which: 0 | 1) => Fit | Promise<Fit>;

const ours: Fitter = (set, which) => {
  const { params, standardErrors, evaluations } = curveFit(set.model, set.data, startOf(set, which));
  return { sweeps: evaluations, params: Object.values(params), errors: Object.values(standardErrors) };
};

interface Line {
  readonly p?: readonly number[];
  readonly params?: readonly (number | null)[];
  readonly errors?: readonly (number | null)[];
}

function scipy(options: object): { fitter: Fitter; close: () => void } {
  const child = spawn('python3', [join(__dirname, 'peers', 'curve_fit.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const send = (value: unknown): void => void child.stdin.write(`${JSON.stringify(value)}\n`);
  const fitter: Fitter = async (set, which) => {
    const { model, data, starts } = set;
    send({ ...data, start: starts[which], options });
    for (let sweeps = 0; ; sweeps++) {
      const next = await lines.next();
      if (next.done === true) throw new Error('Expected a line from python3 with SciPy but received the end');
      const { p, params = [], errors = [] } = JSON.parse(next.value) as Line;
      if (p === undefined) return { sweeps, params: params.map(Number), errors: errors.map((each) => each ?? NaN) };
      const named = Object.fromEntries(p.map((each, j) => [`b${j + 1}`, each])) as Parameters<typeof model>[1];
      send(data.x.map((x) => model(x, named)));
    }
  };
  return { fitter, close: () => child.stdin.end() };
}

const TIGHT = { ftol: 1e-15, xtol: 1e-15, gtol: 1e-15, maxfev: 100_000 };
const SUBJECTS: readonly (readonly [name: string, options: object | undefined])[] = [
  ['`curveFit`', undefined],
  ["SciPy, `method='lm'` (the default)", {}],
  ["SciPy, `'lm'`, tolerances 1e-15, `maxfev` 1e5", TIGHT],
  ["SciPy, `method='trf'`", { method: 'trf', max_nfev: 100_000 }],
];

/** Whether there are as many numbers as certified, each to this part. */
function agrees(values: readonly number[], certified: readonly number[], part: number): boolean {
  return values.length > 0 && certified.every((each, j) => Math.abs(values[j]! / each - 1) < part);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function main(): Promise<void> {
  const { values } = readOptions(USAGE, { each: false, docs: false });
  const rows: string[] = [];
  for (const [name, options] of SUBJECTS) {
    const { fitter, close } = options === undefined ? { fitter: ours, close: () => undefined } : scipy(options);
    const sweeps: number[] = [];
    let [withParameters, withErrors] = [0, 0];
    for (const set of NIST_SETS) {
      for (const which of [0, 1] as const) {
        const fit = await fitter(set, which);
        const [hasParameters, hasErrors] = [
          agrees(fit.params, set.values, 1e-6),
          agrees(fit.errors, set.standardErrors, 1e-4),
        ];
        sweeps.push(fit.sweeps);
        withParameters += Number(hasParameters);
        withErrors += Number(hasErrors);
        if (values.each) console.log(name, set.name, which + 1, fit.sweeps, hasParameters, hasErrors);
      }
    }
    close();
    const total = sweeps.reduce((sum, each) => sum + each, 0);
    rows.push(`| ${name} | ${withParameters} of 54 | ${withErrors} of 54 | ${total} | ${median(sweeps)} |`);
  }
  const head =
    '| | parameters to 6 digits | standard errors to 4 | sweeps, all 54 | median |\n| --- | ---: | ---: | ---: | ---: |';
  const table = [head, ...rows].join('\n');
  console.log(table);
  if (values.docs) writeBetween(join(__dirname, '..', 'docs', 'curve-fit.md'), 'npm run bench:fit', table);
}

void main();
