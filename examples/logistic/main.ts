// Tells penguins apart by logistic regression, in millimetres and grams as they were measured; then takes coefficients in
// one by one, with an L1 penalty that falls.
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writeChart } from './chart';
import { fit } from './fit';
import { l1Path, type Path } from './path';
import { MEASUREMENTS, readPenguins, SPECIES } from './penguins';

const WEIGHTS = 20;
const HELP = `Usage: tsx examples/logistic/main.ts [--out FILE.svg]`;

/** A line for each weight: what is in, and how many penguins it tells right. */
function table({ knots }: Path): string {
  const rows = knots.map(({ weight, count, accuracy, evaluations }) => [
    weight.toExponential(2),
    String(count),
    `${(100 * accuracy).toFixed(1)} %`,
    String(evaluations),
  ]);
  const head = ['weight', 'coefficients', 'right', 'evaluations'];
  return [head, ...rows].map((cells) => cells.map((cell) => cell.padStart(13)).join('')).join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const penguins = readPenguins();
  const { allRightAfter, evaluations, loss, status } = fit(penguins);
  console.log(
    `${penguins.length} penguins of ${SPECIES.length} species, ${MEASUREMENTS.length} measurements in mm and g, from 0:`,
  );
  console.log(allRightAfter === undefined ? 'not all told right' : `all told right after ${allRightAfter} evaluations`);
  console.log(`${status} after ${evaluations} evaluations, loss ${loss.toExponential(1)}\n`);

  const path = l1Path(penguins, WEIGHTS);
  console.log(`With an L1 penalty, ${WEIGHTS} weights, each from where the one before ended:\n${table(path)}\n`);
  const total = path.knots.reduce((sum, knot) => sum + knot.evaluations, 0);
  const out = values.out ?? join(__dirname, 'output', 'path.svg');
  await writeChart(path, out);
  console.log(`${total} evaluations in all. The picture: ${relative(process.cwd(), out)}`);
}

main().catch((error: unknown) => {
  const isUsage = String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exitCode = 1;
});
