import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import ora from 'ora';
import { adam, type AdamRun, bestOf, LEARNING_RATES } from './adam';
import { writeChart } from './chart';
import { readRecord } from './data';
import { findings } from './findings';
import { fit } from './fit';
import { meanSquaredResidual, startFromData } from './model';
import { type Outcome, TARGET_RMSE } from './outcome';
import { report } from './report';

const MAX_EVALUATIONS = 20_000; // for each of Adam's runs

/** Fits the record, compares with Adam from the same start, and shows how far it is on one line of stderr. */
export async function run(): Promise<Outcome> {
  const record = readRecord();
  const start = startFromData(record);
  // On a terminal a line that changes in place; elsewhere its first and last text only. Without raw mode, so that Ctrl+C works.
  const progress = ora({ text: 'L-BFGS', discardStdin: false }).start();
  const show = (text: string): void => {
    progress.text = text;
    progress.render();
  };
  const done = (text: string): void => {
    progress.stopAndPersist({ symbol: '✔', text }); // succeed() would colour it even where that ends in a log
  };

  const fitted = fit(record, start, ({ iteration, evaluations, loss }) => {
    show(`L-BFGS: iteration ${iteration}, ${evaluations} evaluations, RMSE ${Math.sqrt(loss).toFixed(4)} ppm`);
  });
  done(`L-BFGS: ${fitted.report.message}`);

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
    findings: findings(record, fitted.x),
    adam: bestOf(runs),
    learningRates: LEARNING_RATES,
    maxEvaluations: MAX_EVALUATIONS,
  };
}

/** `tsx examples/mauna-loa/main.ts [--out FILE.svg]` */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const out = values.out ?? join(__dirname, 'output', 'mauna-loa.svg');
  const outcome = await run();
  console.log(report(outcome, process.stdout.isTTY && !process.env['NO_COLOR']));
  await writeChart(outcome, out);
  console.log(`  The picture: ${relative(process.cwd(), out)}`);
}

if (require.main === module) void main();
