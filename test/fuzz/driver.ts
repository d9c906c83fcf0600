// Runs a fuzzer: inputs that follow from the seeds 0, 1, 2, …, for so many seconds.
//
//   npx tsx test/fuzz/programs.ts 60                 for 60 seconds
//   npx tsx test/fuzz/programs.ts --seed 12          that one input, telling what it does
//   … --from 1000          the seeds from there on     … --without huge,recursion   kinds of input left out
//   … --go-on              not ending with the first failure
//
// The inputs are tried in a process of its own, so that a crash, and an input that does not end, are told with their seed.

import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect, parseArgs } from 'node:util';
import { Choices } from './choices';

/** Seconds that an input may take; each is made for milliseconds. */
const MOST_SECONDS = 30;
/** Bytes that the process may grow to. */
const MOST_MEMORY = 1.2e9;

/** One input: chooses it, tries it, throws where something is wrong. `tell` notes what it does. */
export type Input = (choices: Choices, tell: (what: string) => void) => void | Promise<void>;

interface Settings {
  seconds: number;
  from: number;
  seed: number | undefined;
  without: readonly string[];
  goOn: boolean;
  progress: string | undefined;
}

function settings(): Settings {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      from: { type: 'string', default: '0' },
      without: { type: 'string', default: '' },
      'go-on': { type: 'boolean', default: false },
      progress: { type: 'string' },
    },
  });
  return {
    seconds: Number(positionals[0] ?? 60),
    from: Number(values.from),
    seed: values.seed === undefined ? undefined : Number(values.seed),
    without: values.without.split(',').filter(Boolean),
    goOn: values['go-on'],
    progress: values.progress,
  };
}

/** Runs the fuzzer of this file as the command line says. */
export async function fuzz(file: string, input: Input): Promise<void> {
  const given = settings();
  if (given.seed !== undefined) await replay(file, input, given.seed, given.without);
  else if (given.progress !== undefined) await tryInputs(file, input, given, given.progress);
  else await supervise(file, given.without);
}

async function replay(file: string, input: Input, seed: number, without: readonly string[]): Promise<void> {
  watchRejections(() => [file, seed, without]);
  await input(new Choices(seed, without), (what) => {
    console.log(what);
  });
  await setImmediate();
  console.log(`${path.basename(file)}: the input of seed ${seed} holds`);
}

async function tryInputs(file: string, input: Input, given: Settings, progress: string): Promise<void> {
  const record = fs.openSync(progress, 'w');
  let seed = given.from;
  watchRejections(() => [file, seed, given.without]);
  let failures = 0;
  for (const end = performance.now() + 1000 * given.seconds; performance.now() < end; seed++) {
    fs.writeSync(record, String(seed), 0);
    const told: string[] = [];
    try {
      await input(new Choices(seed, given.without), (what) => told.push(what));
      if (seed % 32 === 0) await setImmediate(); // for what waits for the event loop: dropped optimisers, unhandled rejections
      if (seed % 256 === 0 && process.memoryUsage.rss() > MOST_MEMORY) {
        throw new Error(`The process has grown to ${process.memoryUsage.rss()} bytes`);
      }
    } catch (error) {
      failures++;
      console.error(`${told.join('\n')}\n${inspect(error)}\n${howToReplay(file, seed, given.without)}`);
      if (!given.goOn) process.exit(1);
    }
  }
  console.log(`stat::number_of_executed_units: ${seed - given.from}`);
  process.exit(failures === 0 ? 0 : 1);
}

function watchRejections(where: () => Parameters<typeof howToReplay>): void {
  process.on('unhandledRejection', (reason) => {
    console.error(`An unhandled rejection of this input or of one of the last 32: ${inspect(reason)}`);
    console.error(howToReplay(...where()));
    process.exit(1);
  });
}

/** Starts the process that tries the inputs, and looks at how far it is. */
async function supervise(file: string, without: readonly string[]): Promise<void> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'lbfgs-fuzz-'));
  const progress = path.join(folder, 'seed');
  fs.writeFileSync(progress, '');
  const child = fork(file, [...process.argv.slice(2), '--progress', progress], { execArgv: process.execArgv });
  let seen = { seed: '', since: performance.now() };
  const timer = setInterval(() => {
    const seed = fs.readFileSync(progress, 'utf8');
    if (seed !== seen.seed) seen = { seed, since: performance.now() };
    // Before the first input the process has to start, which takes long on a busy machine.
    const most = seed === '' ? 10 * MOST_SECONDS : MOST_SECONDS;
    if (performance.now() - seen.since < 1000 * most) return;
    console.error(`An input took longer than ${most} s.`);
    child.kill('SIGKILL');
  }, 1000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...ending) => {
      resolve(ending);
    });
  });
  clearInterval(timer);
  if (code !== 0) {
    const seed = Number(fs.readFileSync(progress, 'utf8'));
    console.error(`Ended with ${signal ?? `status ${code}`} at seed ${seed}. ${howToReplay(file, seed, without)}`);
    process.exitCode = 1;
  }
  fs.rmSync(folder, { recursive: true });
}

/** The inputs depend on the kinds that are left out as well. */
function howToReplay(file: string, seed: number, without: readonly string[]): string {
  const left = without.length === 0 ? '' : ` --without '${without.join()}'`;
  return `To try it again: npx tsx test/fuzz/${path.basename(file)} --seed ${seed}${left}`;
}
