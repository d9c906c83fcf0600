import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import ora from 'ora';
import { adam, type AdamRun, bestOf, LEARNING_RATES } from './adam';
import { writeChart } from './chart';
import { fitCurve } from './curve-fit';
import { readRecord } from './data';
import { findings } from './findings';
import { fit } from './fit';
import { meanSquaredResidual, startFromData } from './model';
import { type Outcome, TARGET_RMSE } from './outcome';
import { report } from './report';
import { columnsOf, hasColor, wrap } from './terminal';

const MAX_EVALUATIONS = 20_000; // for each of Adam's runs

/** Fits the record, compares with Adam from the same start, and shows how far it is on one line of stderr. */
export async function run(): Promise<Outcome> {
  const record = readRecord();
  const start = startFromData(record);
  // On a terminal a line that changes in place; elsewhere its first and last text only. Without raw mode, so that Ctrl+C works.
  const color = hasColor(process.stderr, process.env) ? 'cyan' : false;
  const columns = columnsOf(process.stderr, process.env) - 2; // behind the symbol
  const progress = ora({ text: 'L-BFGS', color, discardStdin: false }).start();
  const show = (text: string): void => {
    progress.text = text.slice(0, columns);
    progress.render();
  };
  const done = (text: string): void => {
    // succeed() would colour it even where that ends in a log
    progress.stopAndPersist({ symbol: '✔', text: wrap(text, columns).join('\n  ') });
  };

  const stateOf = (iteration: number, evaluations: number, loss: number): string =>
    `iteration ${iteration}, ${evaluations} evaluations, RMSE ${Math.sqrt(loss).toFixed(4)} ppm`;
  const fitted = fit(record, start, ({ iteration, evaluations, loss }) => {
    show(`L-BFGS: ${stateOf(iteration, evaluations, loss)}`);
  });
  // An iteration that ends the step before its line search is in the report alone.
  const { message, iterations, evaluations, loss: reached } = fitted.report;
  done(`L-BFGS: ${message}; ${stateOf(iterations, evaluations, reached)}`);

  progress.start('Adam');
  const runs: AdamRun[] = [];
  for (const lr of LEARNING_RATES) {
    show(`Adam: learning rate ${lr}, ${runs.length + 1} of ${LEARNING_RATES.length}`);
    await setImmediate(); // lets a Ctrl+C in between
    const loss = (x: Float64Array, gradient: Float64Array): number => meanSquaredResidual(record, x, gradient);
    runs.push(adam(loss, start, lr, { target: TARGET_RMSE ** 2, maxEvaluations: MAX_EVALUATIONS }));
  }
  done(`Adam: ${runs.length} learning rates`);

  return {
    record,
    fit: fitted,
    curve: fitCurve(record, start),
    findings: findings(record, fitted.x),
    adam: bestOf(runs),
    learningRates: LEARNING_RATES,
    maxEvaluations: MAX_EVALUATIONS,
  };
}

const HELP = `Usage: npm start -- [options]

Fits the CO2 record of Mauna Loa by L-BFGS and compares with Adam.

  --out FILE.svg  where the picture goes
  --help          this text

NO_COLOR and FORCE_COLOR are obeyed.
Lines are as long as the terminal is
wide, or as the variable COLUMNS says.`;

/** `tsx examples/mauna-loa/main.ts [--out FILE.svg] [--help]` */
async function main(): Promise<void> {
  const columns = columnsOf(process.stdout, process.env);
  const { values } = parseArgs({ options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    for (const line of HELP.split('\n')) console.log(wrap(line, columns).join('\n'));
    return;
  }
  const out = values.out ?? join(__dirname, 'output', 'mauna-loa.svg');
  const outcome = await run();
  console.log(report(outcome, { color: hasColor(process.stdout, process.env), columns }));
  await writeChart(outcome, out);
  console.log(
    wrap(`The picture: ${relative(process.cwd(), out)}`, columns - 2)
      .map((line) => `  ${line}`)
      .join('\n'),
  );
}

if (require.main === module) {
  main().catch((error: unknown) => {
    const isUsage = String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
    console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
    process.exitCode = 1;
  });
}
