// npm run bench:distributed: the time of an iteration with parameters sharded over 1 to 1024 processes, simulated.
//
// The passes over the vectors and the work of a message are measured here, with the optimiser itself; latency and bandwidth of the networks
// are those of NETWORKS in model.ts. Every rank is taken to have a core and memory of its own, and all ranks to be equally fast.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOptions, table, time, writeBetween } from '../output';
import { drawChart } from './chart';
import { measureCosts, type Costs } from './costs';
import { crossing, iterationOf, memoryOf, messagesOf, NETWORKS, type Network, type Setting } from './model';

const ROOT = path.join(__dirname, '..', '..');
const RANKS = Array.from({ length: 11 }, (_, power) => 2 ** power);
const SIZES = [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7];
/** The networks of the pictures and tables in docs/. */
const SHOWN = ['infiniband', '10gbe'];

const USAGE = `npm run bench:distributed -- [options]
  --networks A,B     of ${Object.keys(NETWORKS).join(', ')}
  --sizes 1e5,1e6    numbers of parameters
  --histories 10     numbers of pairs
  --evaluations E    in an iteration; otherwise as measured
  --closure NS       nanoseconds of the caller's closure for each parameter of a rank
  --costs FILE       measured costs: read where the file is there, otherwise measured and written
  --json             settings and times as JSON
  --docs             also writes the picture and the tables of docs/distributed.md`;

const { values } = readOptions(USAGE, {
  networks: SHOWN.join(),
  sizes: '1e5,1e6,1e7,1e8',
  histories: '10',
  evaluations: '',
  closure: '0',
  costs: path.join('build-bench', 'distributed.json'),
  json: false,
  docs: false,
});

const numbersIn = (list: string): number[] => list.split(',').map(Number);

function costsOf(histories: readonly number[]): Costs {
  if (existsSync(values.costs)) {
    const read = JSON.parse(readFileSync(values.costs, 'utf8')) as Costs;
    if (histories.every((m) => read.passes.some((point) => point.m === m))) return read;
  }
  const measured = measureCosts(SIZES, histories);
  mkdirSync(path.dirname(values.costs), { recursive: true });
  writeFileSync(values.costs, JSON.stringify(measured, null, 2));
  return measured;
}

function networkOf(name: string): Network {
  const network = NETWORKS[name];
  if (network === undefined)
    throw new Error(`Expected one of ${Object.keys(NETWORKS).join(', ')} but received ${name}`);
  return network;
}

const powerOf = (n: number): string => n.toExponential(0).replace('e+', 'e');

/** A row for each n; the fastest number of ranks is bold. */
function timeTable(settings: Setting[][], costs: Costs): string {
  const rows = settings.map((row) => {
    const times = row.map((setting) => iterationOf(setting, costs).total);
    const least = Math.min(...times);
    return [
      powerOf(row[0]?.n ?? 0),
      ...times.map((each) => (each === least ? `**${time(1e3 * each)}**` : time(1e3 * each))),
    ];
  });
  return table(['n \\ ranks', ...RANKS.map(String)], rows);
}

/** From which n on so many ranks are faster than one, and than half of them. */
function crossingTable(settings: readonly Setting[], costs: Costs): string {
  const cell = (n: number | null): string => (n === null ? 'never' : n.toExponential(1).replace('e+', 'e'));
  const several = settings.filter(({ ranks }) => ranks > 1);
  const row = (title: string, beside: (ranks: number) => number): string[] => [
    title,
    ...several.map((setting) => cell(crossing(setting, beside(setting.ranks), costs))),
  ];
  return table(
    ['faster from n =', ...several.map(({ ranks }) => `${ranks} ranks`)],
    [row('than one rank', () => 1), row('than half as many ranks', (ranks) => ranks / 2)],
  );
}

/** What the time of an iteration consists of, for the largest n. */
function partsTable(settings: readonly Setting[], costs: Costs): string {
  const iterations = settings.map((setting) => iterationOf(setting, costs));
  const row = (title: string, of: (iteration: (typeof iterations)[number]) => number): string[] => [
    title,
    ...iterations.map((iteration) => time(1e3 * of(iteration))),
  ];
  return table(
    ['part', ...settings.map(({ ranks }) => `${ranks}`)],
    [
      row('passes over vectors', ({ passes }) => passes),
      row('closure', ({ closure }) => closure),
      row('latency', ({ latency }) => latency),
      row('bytes on the wire', ({ transfer }) => transfer),
      row('requests and sums', ({ combining }) => combining),
    ],
  );
}

function report(name: string, m: number, costs: Costs): { text: string; settings: Setting[] } {
  const network = networkOf(name);
  const evaluations = values.evaluations === '' ? costs.evaluations : Number(values.evaluations);
  const of = (n: number, ranks: number): Setting => ({
    ...{ n, m, ranks, network, evaluations, closure: Number(values.closure) },
  });
  const grid = numbersIn(values.sizes).map((n) => RANKS.map((ranks) => of(n, ranks)));
  const last = grid.at(-1) ?? [];
  const text = [
    `### ${network.label}, ${m} pairs`,
    `A stage of a message takes ${network.latency} µs and its bytes at ${network.bandwidth} GB/s (${network.source}).`,
    timeTable(grid, costs),
    crossingTable(last, costs),
  ];
  if (!values.docs) text.push(`Parts, n = ${powerOf(last[0]?.n ?? 0)}:`, partsTable(last, costs));
  return { text: text.join('\n\n'), settings: grid.flat() };
}

function main(): Promise<void> | void {
  const histories = numbersIn(values.histories);
  const costs = costsOf(histories);
  const reports = histories.flatMap((m) => values.networks.split(',').map((name) => report(name, m, costs)));
  const settings = reports.flatMap((each) => each.settings);
  if (values.json) {
    const lines = settings.map((setting) => ({
      ...setting,
      messages: messagesOf(setting),
      memory: memoryOf(setting),
      microseconds: iterationOf(setting, costs),
    }));
    console.log(JSON.stringify({ costs, settings: lines }, null, 2));
    return;
  }
  const text = reports.map((each) => each.text).join('\n\n');
  console.log(
    `${costs.machine}: ${costs.evaluations.toFixed(2)} evaluations an iteration, a request ${digitsOf(costs.request)} µs,`,
  );
  console.log(`a number that has arrived ${digitsOf(1e3 * costs.number)} ns\n\n${text}`);
  if (!values.docs) return;
  writeBetween(path.join(ROOT, 'docs', 'distributed.md'), 'npm run bench:distributed', text);
  return drawChart(settings, costs, path.join(ROOT, 'docs', 'images', 'distributed.svg'));
}

const digitsOf = (value: number): string => value.toPrecision(2);

void main();
