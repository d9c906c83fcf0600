import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const RESULTS = join(__dirname, '..', 'results');

/** This machine in words: "AMD EPYC, 2 cores". */
export const machineName = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;

/**
 * Puts `text` between the markers of `command` in the page of `machine` in bench/results. A page or markers that are not there are
 * made; the rest of the page stays.
 */
export function writeSection(command: string, machine: string, text: string, folder = RESULTS): void {
  const words = machine.toLowerCase().match(/[a-z0-9]+/g) ?? ['unknown'];
  const file = join(folder, `${words.join('-')}.md`);
  const page = existsSync(file) ? readFileSync(file, 'utf8') : `# ${machine}\n`;
  const [begin, end] = [`<!-- ${command} -- --docs: begin -->`, `<!-- ${command} -- --docs: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const isThere = from >= 0 && to > from;
  const before = isThere ? page.slice(0, from) : `${page}\n## \`${command}\`\n\n`;
  const after = isThere ? page.slice(to) : `${end}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${before}${begin}\n\n${text}\n\n${after}`);
}

/** A Markdown table; the first column is words, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}
