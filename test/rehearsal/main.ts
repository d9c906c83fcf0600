// npm run rehearse [-- manager…]: packs the package, installs it by each package manager into a fresh project, and runs there the programs of
// the documentation's pages. Prints a table, and what failed. docs/releasing.md says when.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileOf, isOfThisProcess, targets } from '../../scripts/prebuild/targets.mjs';
import { ROOT } from '../docs/blocks';
import type { Place } from '../docs/place';
import { startRegistry, type Packed, type Registry } from '../package/registry';
import { add, isAtHand, MANAGERS, newProject, versionOf, type Manager } from './managers';
import { FRAMEWORKS, ROWS } from './rows';

type Cells = Map<string, string>;
const failures: string[] = [];

/** The value of a promise, or undefined after its error is noted. */
async function noted<Result>(what: string, body: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await body();
  } catch (error) {
    failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const manifestOf = (folder: string): { version: string } =>
  JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
const moduleOf = (name: string): string => path.join(ROOT, 'node_modules', name);

/** Tarballs of the package and of the one that it depends on, so that nothing but the other libraries needs the network. */
function packAll(into: string): Packed[] {
  const addon = targets.filter(isOfThisProcess).map(fileOf)[0];
  if (addon === undefined || !fs.existsSync(path.join(ROOT, addon)))
    throw new Error(
      `Expected an addon for this machine, ${addon ?? ''}, but received none: npm run prebuild, or -- host`,
    );
  return [ROOT, moduleOf('node-gyp-build')].map((folder) => {
    const options = ['--ignore-scripts', '--silent', '--pack-destination', into];
    const name = execFileSync('npm', ['pack', folder, ...options], { cwd: ROOT, encoding: 'utf8' }).trim();
    return { folder, tarball: path.join(into, name) };
  });
}

/** Installs, runs all rows, and returns their cells. */
async function rehearse(name: string, manager: Manager, registry: Registry, folder: string): Promise<Cells> {
  const cells: Cells = new Map();
  const fresh = newProject(manager, folder, registry.url);
  console.log(`${name} ${await versionOf(manager, fresh)}`);
  const ours = [`lbfgs@${manifestOf(ROOT).version}`];
  if (manager.runtime === undefined) ours.push(`tsx@${manifestOf(moduleOf('tsx')).version}`);
  const installed = await noted(`${name}, install`, () => add(manager, fresh, ours));
  cells.set('install', installed === undefined ? 'FAILED' : 'ok');
  if (installed !== undefined) await runRows(name, installed, cells, false);
  const further = installed && (await noted(`${name}, install frameworks`, () => add(manager, installed, FRAMEWORKS)));
  cells.set('install frameworks', further === undefined ? 'FAILED' : 'ok');
  if (further !== undefined) await runRows(name, further, cells, true);
  return cells;
}

async function runRows(name: string, place: Place, cells: Cells, withFrameworks: boolean): Promise<void> {
  for (const { page, check, lacks, frameworks = false } of ROWS) {
    if (frameworks !== withFrameworks) continue;
    const done = lacks === undefined && (await noted(`${name}, ${page}`, () => check(place).then(() => true)));
    cells.set(page, lacks !== undefined ? 'left out' : done ? 'ok' : 'FAILED');
  }
}

function printTable(columns: ReadonlyMap<string, Cells>): void {
  const rows = ['install', ...ROWS.filter((row) => !row.frameworks).map(({ page }) => page)];
  rows.push('install frameworks', ...ROWS.filter((row) => row.frameworks).map(({ page }) => page));
  const width = Math.max(...rows.map((row) => row.length));
  const line = (first: string, cells: readonly string[]): string =>
    [first.padEnd(width), ...cells.map((cell) => cell.padEnd(8))].join('  ').trimEnd();
  console.log(`\n${line('', [...columns.keys()])}`);
  for (const row of rows)
    console.log(
      line(
        row,
        [...columns.values()].map((cells) => cells.get(row) ?? '-'),
      ),
    );
}

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((name) => !(name in MANAGERS));
  if (unknown.length > 0)
    throw new Error(`Expected some of ${Object.keys(MANAGERS).join(', ')} but received ${unknown.join(', ')}`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-rehearsal-'));
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const registry = await startRegistry(packAll(folder), upstream.replace(/\/*$/, '/'));
  const columns = new Map<string, Cells>();
  const said = ROWS.flatMap(({ page, lacks }) => (lacks === undefined ? [] : [`${page}: left out, ${lacks}`]));
  try {
    for (const [name, manager] of Object.entries(MANAGERS)) {
      if (asked.length > 0 && !asked.includes(name)) continue;
      if (isAtHand(manager)) columns.set(name, await rehearse(name, manager, registry, path.join(folder, name)));
      else said.push(`${name}: left out, it is not installed (${manager.from})`);
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  } finally {
    await registry.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  printTable(columns);
  for (const line of said) console.log(line);
  for (const failure of failures) console.error(`\n${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

void main(process.argv.slice(2));
