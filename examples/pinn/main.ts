// A physics-informed network: trained on no data, only to satisfy a differential equation. Adam first, then L-BFGS.
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import './runtime';
import { init } from '@jax-js/jax';
import { writeChart } from './chart';
import { train } from './training';

const HELP = `Usage: npm run start:pinn -- [--adam 1000] [--more 2000] [--out FILE.svg]
  --adam N    evaluations by Adam before L-BFGS goes on
  --more N    evaluations by L-BFGS, and by Adam where it goes on alone`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adam: { type: 'string', default: '1000' },
      more: { type: 'string', default: '2000' },
      out: { type: 'string', default: join(__dirname, 'output', 'pinn.svg') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  await init();
  const budget = { adam: Number(values.adam), more: Number(values.more) };
  const training = train(budget);
  console.log("u'' + 2u' + 100u = 0, a network of 321 parameters, 48 points:");
  for (const [name, { loss, error }] of [
    [`Adam, ${budget.adam} evaluations`, training.afterAdam],
    [`and ${budget.more} more by Adam`, training.adamAlone],
    [`or ${budget.more} more by L-BFGS`, training.lbfgs],
  ] as const)
    console.log(`${name.padEnd(26)} loss ${loss.toExponential(1)}, largest error of u ${error.toExponential(1)}`);
  console.log(training.lbfgs.message);
  await writeChart(training, values.out);
  console.log(`The picture: ${relative(process.cwd(), values.out)}`);
}

main().catch((error: unknown) => {
  const isUsage = String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exitCode = 1;
});
