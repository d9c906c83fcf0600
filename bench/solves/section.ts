import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts `text` between the markers of `command` in docs/performance.md; they have to be there. */
export function writeSection(command: string, text: string): void {
  const file = join(__dirname, '..', '..', 'docs', 'performance.md');
  const page = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${command} -- --docs: begin -->`, `<!-- ${command} -- --docs: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`Expected the markers ${begin} and ${end} in ${file}`);
  writeFileSync(file, `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`);
}

/** A Markdown table; the first column is words, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}
