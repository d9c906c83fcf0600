// The time of an iteration with sharded parameters on one machine: one rank, two ranks, and one process with two
// threads.
//
//   npx tsx bench/distributed/ranks.ts [n] [m] [rounds] [command of the launcher]
//
// The three run one after another in each round. The times are those of rank 0, closure included; the medians of the
// rounds are compared.

import { spawnSync } from 'node:child_process';
import { LBFGS, Parameter, type Communicator } from 'lbfgs';
import { connect } from 'lbfgs/mpi';
import { median } from '../protocol';

const ITERATIONS = 30;
/** Iterations that fill the history. */
const WARM = 12;

const [n = 1e6, m = 10, rounds = 5] = process.argv.slice(2, 5).map(Number);
const launcher = process.argv[5] ?? 'mpirun.openmpi';

/** Milliseconds per iteration. */
function measure(size: number, threads: number, comm: Communicator | null): number {
  const from = comm === null ? 0 : Math.floor((size * comm.rank) / comm.size);
  const to = comm === null ? size : Math.floor((size * (comm.rank + 1)) / comm.size);
  const x = new Float64Array(to - from).fill(1);
  const g = new Float64Array(to - from);
  const parameter = new Parameter(x);
  parameter.grad = g;
  const options = { lineSearchFn: 'strong_wolfe', historySize: m, toleranceGrad: 0, toleranceChange: 0 } as const;
  const optimizer = new LBFGS([parameter], { ...options, maxIter: WARM, threads, comm });
  const weights = x.map((_, i) => 1 + ((from + i) % 97));
  const closure = (): number => {
    let loss = 0;
    for (let i = 0; i < x.length; i++) {
      const far = x[i]! - 2;
      const square = far * far;
      g[i] = far * (weights[i]! + 0.4 * square);
      loss += square * (0.5 * weights[i]! + 0.1 * square);
    }
    return loss;
  };
  optimizer.step(closure);
  optimizer.paramGroups[0].maxIter = ITERATIONS;
  const begun = performance.now();
  optimizer.step(closure);
  return (performance.now() - begun) / optimizer.lastStep!.iterations;
}

function run(ranks: number, threads: number): number {
  const program = [process.execPath, '--import', 'tsx', __filename, String(n), String(m)];
  const variables = { RANKS: String(ranks), THREADS: String(threads) };
  const root = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  const env = { ...process.env, ...root, ...variables };
  const isAlone = ranks === 0;
  const [command, ...args] = isAlone ? program : [launcher, '-n', String(ranks), ...program];
  const { stdout, stderr, status } = spawnSync(command!, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

function main(): void {
  const ways = { 'one rank': [1, 1], 'two ranks': [2, 1], 'threads: 2': [0, 2] } as const;
  const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, [ranks, threads]] of Object.entries(ways)) times.get(name)!.push(run(ranks, threads));
  }
  const medians = Object.fromEntries([...times].map(([name, each]) => [name, median(each)]));
  console.log(`n = ${n}, m = ${m}, ${launcher}, medians of ${rounds} rounds in ms per iteration`);
  for (const [name, each] of times) {
    console.log(
      `${name.padEnd(12)} ${medians[name]!.toFixed(2)} (${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)})`,
    );
  }
  console.log(`two ranks : one rank = ${(medians['two ranks']! / medians['one rank']!).toFixed(2)}`);
  console.log(`two ranks : threads 2 = ${(medians['two ranks']! / medians['threads: 2']!).toFixed(2)}`);
}

const ranks = process.env['RANKS'];
if (ranks === undefined) {
  main();
} else if (ranks === '0') {
  console.log(String(measure(n, Number(process.env['THREADS']), null)));
} else {
  const comm = connect();
  const ms = measure(n, Number(process.env['THREADS']), comm);
  if (comm.rank === 0) console.log(String(ms)); // as text: the launcher may be a terminal, which has numbers in colours
  comm.finalize();
}
