// A folder in which the package is installed, and programs run there: by the tests of the pages in this repository, and by `npm run rehearse`
// in the projects of several package managers.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import ts from 'typescript';

export interface Place {
  readonly folder: string;
  /** What runs a program of JavaScript: Node, Bun, Deno, with their arguments. */
  readonly command: readonly [string, ...string[]];
  /** What the command needs more for a program of TypeScript; null where it takes only JavaScript, which is made of it then. */
  readonly typescript: readonly string[] | null;
  readonly env: NodeJS.ProcessEnv;
}

/** A folder for this Node. */
export const placeOf = (folder: string, env: NodeJS.ProcessEnv = {}): Place => ({
  folder,
  command: [process.execPath],
  typescript: ['--import', 'tsx'],
  env: { ...process.env, ...env },
});

/** The file that is run for this one. */
const runFor = ({ typescript }: Place, file: string): string =>
  typescript === null ? file.replace(/\.mts$/, '.mjs') : file;

export function writeInto(place: Place, files: Readonly<Record<string, string>>): void {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const [name, text] of Object.entries(files)) {
    const run = runFor(place, name);
    const written = run === name ? text : ts.transpileModule(text, { compilerOptions }).outputText;
    writeFileSync(join(place.folder, run), written);
  }
}

/** What a command prints, run in the folder; rejects, with all that it said, where it fails or takes longer. */
export async function printedIn(
  { folder, env }: Place,
  [command, ...args]: readonly string[],
  timeout = 120_000,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command!, args, { cwd: folder, env, timeout });
    return stdout.trim();
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
    assert.fail([message, stdout, stderr].join('\n'));
  }
}

/** The command line of a program of the folder. */
export function commandOf(place: Place, file: string, ...args: string[]): string[] {
  const { command, typescript } = place;
  return [...command, ...(file.endsWith('.mts') ? (typescript ?? []) : []), runFor(place, file), ...args];
}

/** What a program of the folder prints. */
export const printedBy = (place: Place, file: string, ...args: string[]): Promise<string> =>
  printedIn(place, commandOf(place, file, ...args));

/** Runs the body beside a server, which prints its address first; the lines are what it prints then. */
export async function beside<Result>(
  place: Place,
  [file, ...args]: readonly [string, ...string[]],
  body: (url: string, lines: AsyncIterator<string>) => Promise<Result>,
): Promise<Result> {
  const [command, ...rest] = commandOf(place, file, ...args);
  const server = spawn(command!, rest, { cwd: place.folder, env: place.env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    assert.ok(first.done !== true && first.value.startsWith('http:'), 'the server printed no address');
    return await body(first.value, lines);
  } finally {
    if (server.exitCode === null && server.kill()) await once(server, 'exit');
  }
}
