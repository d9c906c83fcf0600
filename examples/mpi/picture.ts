// Runs logistic.mjs on 1, 2 and 4 ranks and draws that they make the same steps: npx tsx examples/mpi/picture.ts
import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { TopLevelSpec } from 'vega-lite';
import { ADAM_COLOR, LBFGS_COLOR, THEME, writeSvg } from '../svg';

const RANKS = [1, 2, 4];
const HELP = `Usage: tsx examples/mpi/picture.ts [--mpirun mpirun] [--out FILE.svg]`;

/** What a rank of logistic.mjs prints with --losses. */
interface Told {
  readonly rank: number;
  readonly rows: number;
  readonly losses: readonly number[];
}

interface Job {
  readonly ranks: number;
  /** Of each rank. */
  readonly rows: readonly number[];
  /** One for each iteration, the same on all ranks. */
  readonly losses: readonly number[];
}

/** Open MPI 4 and 5 then start more ranks than there are cores. MPICH does so anyway. */
const OVERSUBSCRIBED = {
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe',
  OMPI_MCA_mpi_yield_when_idle: '1',
};

async function run(mpirun: string, ranks: number): Promise<Job> {
  const program = [process.execPath, join(__dirname, 'logistic.mjs'), '--losses'];
  const env = { ...process.env, ...OVERSUBSCRIBED };
  const { stdout } = await promisify(execFile)(mpirun, ['-n', String(ranks), ...program], { env });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const told = lines.map((line) => JSON.parse(line) as Told).sort((a, b) => a.rank - b.rank);
  const losses = told[0]?.losses ?? [];
  if (told.length !== ranks || told.some((each) => String(each.losses) !== String(losses)))
    throw new Error(`Expected the same losses from ${ranks} ranks but received ${stdout}`);
  return { ranks, rows: told.map(({ rows }) => rows), losses };
}

const nameOf = ({ ranks }: Job): string => (ranks === 1 ? '1 rank' : `${ranks} ranks`);

// From the largest, lightest circle to the smallest, darkest one, so that all are seen where they lie on each other.
const SIZES = [260, 110, 36];
const COLORS = ['#ffd8a8', LBFGS_COLOR, ADAM_COLOR];

function picture(jobs: readonly Job[]): TopLevelSpec {
  const names = jobs.map(nameOf);
  const shares = jobs.flatMap((job) => job.rows.map((rows, rank) => ({ job: nameOf(job), rank, rows })));
  // The last losses are the minimum up to rounding, which a logarithm cannot show.
  const least = Math.min(...jobs.flatMap(({ losses }) => losses));
  const above = jobs.flatMap((job) =>
    job.losses.map((loss, i) => ({ job: nameOf(job), iteration: i + 1, above: loss - least })),
  );
  const color = { field: 'job', type: 'nominal' as const, scale: { domain: names, range: COLORS }, legend: null };
  return {
    ...THEME,
    spacing: 48,
    hconcat: [
      {
        title: { text: 'Rows of each rank', subtitle: `${jobs[0]!.rows[0]!} rows in all` },
        ...{ width: 240, height: 260 },
        data: { values: shares },
        mark: { type: 'bar', stroke: 'white', strokeWidth: 3, size: 60 },
        encoding: {
          x: { field: 'rows', type: 'quantitative', title: null, stack: true, axis: { grid: false, tickCount: 4 } },
          y: { field: 'job', type: 'nominal', sort: names, title: null, axis: { ticks: false, domain: false } },
          color,
          detail: { field: 'rank' },
        },
      },
      {
        title: {
          text: 'Loss above its minimum, by iteration',
          subtitle: 'the steps of 1, 2 and 4 ranks lie on each other',
        },
        ...{ width: 460, height: 260 },
        data: { values: above.filter((each) => each.above > 1e-13) },
        mark: { type: 'circle', opacity: 1 },
        encoding: {
          x: {
            ...{ field: 'iteration', type: 'quantitative', title: null, axis: { grid: false } },
            scale: { domain: [0, jobs[0]!.losses.length], nice: false },
          },
          y: {
            ...{ field: 'above', type: 'quantitative', title: null },
            scale: { type: 'log', nice: true },
            axis: { format: '.0e', domain: false, tickCount: 6 },
          },
          color,
          size: {
            ...{ field: 'job', type: 'ordinal', sort: names, legend: null },
            scale: { type: 'ordinal', domain: names, range: SIZES },
          },
        },
      },
    ],
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mpirun: { type: 'string', default: 'mpirun' },
      out: { type: 'string', default: join(__dirname, 'output', 'mpi.svg') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const jobs: Job[] = [];
  for (const ranks of RANKS) {
    const job = await run(values.mpirun, ranks);
    console.log(`${nameOf(job)}: ${job.losses.length} iterations, loss ${job.losses.at(-1)!}`);
    jobs.push(job);
  }
  await writeSvg(picture(jobs), values.out);
  console.log(`The picture: ${relative(process.cwd(), values.out)}`);
}

main().catch((error: unknown) => {
  const isUsage = String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exitCode = 1;
});
