// What all commands share: the reading of options, tables, and the pages of bench/results.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

type Values<T> = { [Name in keyof T]: T[Name] extends boolean ? boolean : string };

/** The command's options, each with its default, and its words. `--help` prints the usage and ends the process. */
export function readOptions<T extends Record<string, string | boolean>>(
  usage: string,
  defaults: T,
): { values: Values<T>; words: string[] } {
  const named = Object.entries({ ...defaults, help: false }).map(
    ([name, value]) =>
      [name, { type: typeof value === 'string' ? ('string' as const) : ('boolean' as const), default: value }] as const,
  );
  const { values, positionals } = parseArgs({ options: Object.fromEntries(named), allowPositionals: true });
  if (values['help'] === true) {
    console.log(usage);
    process.exit();
  }
  return { values: values as Values<T>, words: positionals };
}

/** This machine in words: "AMD EPYC, 2 cores". */
export const machineName = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;

/**
 * Puts `text` between the markers of `command` in the page of `machine` in bench/results. A page or markers that are
 * not there are made; the rest of the page stays.
 */
export function writeSection(command: string, machine: string, text: string): void {
  const folder = join(__dirname, 'results');
  const words = machine.toLowerCase().match(/[a-z0-9]+/g) ?? ['unknown'];
  mkdirSync(folder, { recursive: true });
  writeBetween(join(folder, `${words.join('-')}.md`), command, text, `# ${machine}\n`);
}

/** Puts `text` between the markers of `command` in a page; `empty` is the page where there is none. */
export function writeBetween(file: string, command: string, text: string, empty = ''): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : empty;
  const [begin, end] = [`<!-- ${command} -- --docs: begin -->`, `<!-- ${command} -- --docs: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const isThere = from >= 0 && to > from;
  const before = isThere ? page.slice(0, from) : `${page}\n## \`${command}\`\n\n`;
  const after = isThere ? page.slice(to) : `${end}\n`;
  writeFileSync(file, `${before}${begin}\n\n${text}\n\n${after}`);
}

/** A Markdown table; the first column is words, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}

/** Prints progress, on one line of a terminal. */
export function say(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

/** A number with three digits. */
export const digits = (value: number): string => (value >= 99.5 ? value.toFixed(0) : value.toPrecision(3));

/** A time with three digits, in the unit that fits. */
export function time(nanoseconds: number): string {
  const units = ['ns', 'µs', 'ms', 's'];
  let value = nanoseconds;
  while (value >= 999.5 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${digits(value)} ${units[0]!}`;
}
