// npm run bench:distributed: the time of an iteration with parameters sharded over 1 to 1024 processes, simulated.
//
// The passes over the vectors and the work of a message are measured here, with the optimiser itself; latency and
// bandwidth of the networks are those of NETWORKS in model.ts. Every rank is taken to have a core and memory of its
// own, and all ranks to be equally fast.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOptions, table, time, writeBetween } from '../output';
import { drawChart } from './chart';
import { leastOf, measureCosts, type Costs } from './costs';
import { crossing, iterationOf, memoryOf, messagesOf, NETWORKS, type Network, type Setting } from './model';

const ROOT = path.join(__dirname, '..', '..');
const RANKS = Array.from({ length: 11 }, (_, power) => 2 ** power);
const SIZES = [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7];
/** The networks of the picture. */
const DRAWN = [NETWORKS['infiniband'], NETWORKS['10gbe']];

const USAGE = `npm run bench:distributed -- [options]
  --networks A,B     of ${Object.keys(NETWORKS).join(', ')}
  --sizes 1e5,1e6    numbers of parameters
  --histories 10     numbers of pairs
  --evaluations E    in an iteration; otherwise as measured
  --closure NS       nanoseconds of the caller's closure for each parameter of a rank
  --costs FILE       measured costs: read where the file is there, otherwise measured and written
  --measure          measures again and keeps the least of both: other processes only add to a time
  --json             settings and times as JSON
  --docs             also writes the picture and the tables of docs/distributed.md`;

const { values } = readOptions(USAGE, {
  networks: 'infiniband,efa,25gbe,10gbe',
  sizes: '1e5,1e6,1e7,1e8',
  histories: '10',
  evaluations: '',
  closure: '0',
  costs: path.join('build-bench', 'distributed.json'),
  measure: false,
  json: false,
  docs: false,
});

const numbersIn = (list: string): number[] => list.split(',').map(Number);

function costsOf(histories: readonly number[]): Costs {
  const read = existsSync(values.costs) ? (JSON.parse(readFileSync(values.costs, 'utf8')) as Costs) : undefined;
  const isEnough = read !== undefined && histories.every((m) => read.passes.some((point) => point.m === m));
  if (isEnough && !values.measure) return read;
  const measured = measureCosts(SIZES, histories);
  const costs = isEnough ? leastOf(read, measured) : measured;
  mkdirSync(path.dirname(values.costs), { recursive: true });
  writeFileSync(values.costs, JSON.stringify(costs, null, 2));
  return costs;
}

function networkOf(name: string): Network {
  const network = NETWORKS[name];
  if (network === undefined)
    throw new Error(`Expected one of ${Object.keys(NETWORKS).join(', ')} but received ${name}`);
  return network;
}

const powerOf = (n: number): string => n.toExponential(0).replace('e+', 'e');
const roughly = (n: number | null): string => (n === null ? 'never' : n.toExponential(1).replace('e+', 'e'));

/** The settings of one network and one number of pairs: a row for each n, in the order of RANKS. */
interface Grid {
  readonly network: Network;
  readonly m: number;
  readonly rows: readonly (readonly Setting[])[];
}

function gridOf(name: string, m: number, costs: Costs): Grid {
  const network = networkOf(name);
  const evaluations = values.evaluations === '' ? costs.evaluations : Number(values.evaluations);
  const common = { m, network, evaluations, closure: Number(values.closure) };
  const rows = numbersIn(values.sizes).map((n) => RANKS.map((ranks) => ({ ...common, n, ranks })));
  return { network, m, rows };
}

/** A row for each n; the fastest number of ranks is bold. */
function timeTable({ rows }: Grid, costs: Costs): string {
  const cells = rows.map((row) => {
    const times = row.map((setting) => iterationOf(setting, costs).total);
    const least = Math.min(...times);
    const words = times.map((each) => (each === least ? `**${time(1e3 * each)}**` : time(1e3 * each)));
    return [`n = ${powerOf(row[0]?.n ?? 0)}`, ...words];
  });
  return table(['ranks', ...RANKS.map(String)], cells);
}

/** What the time of an iteration consists of, for one n. */
function partsTable(row: readonly Setting[], costs: Costs): string {
  const iterations = row.map((setting) => iterationOf(setting, costs));
  const parts = {
    'passes over vectors': 'passes',
    closure: 'closure',
    latency: 'latency',
    'bytes on the wire': 'transfer',
    'requests and sums': 'combining',
  } as const;
  const cells = Object.entries(parts).map(([title, part]) => [
    title,
    ...iterations.map((iteration) => time(1e3 * iteration[part])),
  ]);
  return table([`parts, n = ${powerOf(row[0]?.n ?? 0)}`, ...row.map(({ ranks }) => `${ranks}`)], cells);
}

/** The fastest number of ranks for each n, a row for each network. */
function fastestTable(grids: readonly Grid[], costs: Costs): string {
  const cells = grids.map(({ network, m, rows }) => {
    const best = rows.map((row) => {
      const times = row.map((setting) => iterationOf(setting, costs).total);
      const least = Math.min(...times);
      return `${row[times.indexOf(least)]?.ranks ?? 0} (${time(1e3 * least)})`;
    });
    return [`${network.label}, ${m} pairs`, ...best];
  });
  return table(['the fastest number of ranks', ...numbersIn(values.sizes).map((n) => `n = ${powerOf(n)}`)], cells);
}

/** From which n on so many ranks are faster than others. */
function crossingTable(title: string, beside: (ranks: number) => number, grids: readonly Grid[], costs: Costs): string {
  const several = RANKS.filter((ranks) => ranks > 1);
  const cells = grids.map(({ network, m, rows }) => [
    `${network.label}, ${m} pairs`,
    ...several.map((ranks) => {
      const setting = rows[0]?.find((each) => each.ranks === ranks);
      return setting === undefined ? '' : roughly(crossing(setting, beside(ranks), costs));
    }),
  ]);
  return table([title, ...several.map(String)], cells);
}

function summaryOf(grids: readonly Grid[], costs: Costs): string {
  return [
    fastestTable(grids, costs),
    crossingTable('faster than half as many ranks from n =', (ranks) => ranks / 2, grids, costs),
  ].join('\n\n');
}

function print(grids: readonly Grid[], costs: Costs): void {
  const [request, number] = [costs.request, 1e3 * costs.number].map((value) => value.toPrecision(2));
  console.log(
    `${costs.machine}: ${costs.evaluations.toFixed(2)} evaluations in an iteration; a request of the core and`,
  );
  console.log(`its answer take ${request} µs, each number that has arrived ${number} ns.`);
  for (const grid of grids) {
    const { label, latency, bandwidth, source } = grid.network;
    console.log(`\n### ${label}, ${grid.m} pairs\n`);
    console.log(`A stage of a message takes ${latency} µs, its bytes travel at ${bandwidth} GB/s: ${source}.\n`);
    console.log(timeTable(grid, costs));
    console.log(`\n${partsTable(grid.rows.at(-1) ?? [], costs)}`);
  }
  console.log(`\n${crossingTable('faster than one rank from n =', () => 1, grids, costs)}`);
  console.log(`\n${summaryOf(grids, costs)}`);
}

async function main(): Promise<void> {
  const histories = numbersIn(values.histories);
  const costs = costsOf(histories);
  const grids = histories.flatMap((m) => values.networks.split(',').map((name) => gridOf(name, m, costs)));
  if (values.json) {
    const settings = grids.flatMap(({ rows }) => rows.flat());
    const all = settings.map((setting) => ({
      ...setting,
      messages: messagesOf(setting),
      memory: memoryOf(setting),
      microseconds: iterationOf(setting, costs),
    }));
    console.log(JSON.stringify({ costs, settings: all }, null, 2));
  } else print(grids, costs);
  if (!values.docs) return;
  writeBetween(path.join(ROOT, 'docs', 'distributed.md'), 'npm run bench:distributed', summaryOf(grids, costs));
  const drawn = grids.filter(({ network, m }) => m === grids[0]?.m && DRAWN.includes(network));
  const settings = drawn.flatMap(({ rows }) => rows.flat());
  await drawChart(settings, costs, path.join(ROOT, 'docs', 'images', 'distributed.svg'));
}

void main();
