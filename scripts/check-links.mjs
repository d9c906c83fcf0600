// Every relative link and #anchor of the Markdown pages leads somewhere, and their prose has at most 120 columns.
// External addresses are not fetched. node scripts/check-links.mjs [folder]: the pages of the repository by default.

import * as fs from 'node:fs';
import path from 'node:path';
import { isAddress, linksOf, proseOf, slugOf } from './markdown.mjs';
import { root as repository } from './run.mjs';

const root = path.resolve(process.argv[2] ?? repository);
const WIDTH = 120;

/** The anchors that GitHub gives a page's headings, and its explicit ones. @param {string} file */
function anchorsOf(file) {
  const text = fs.readFileSync(file, 'utf8');
  const lines = proseOf(text)
    .split('\n')
    .map((line, index) => (/^#{1,6} /.test(line) ? (text.split('\n')[index] ?? '') : ''));
  /** @type {Map<string, number>} */
  const seen = new Map();
  const headings = lines.filter(Boolean).map((line) => {
    const title = line.replace(/^#+ +/, '').replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = slugOf(title);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  const explicit = [...proseOf(text).matchAll(/<[^>]+ (?:id|name)="([^"]+)"/g)].map(([, name]) => name ?? '');
  return new Set([...headings, ...explicit]);
}

/** Why a link leads nowhere, or undefined. @param {string} page @param {string} link */
function faultOf(page, link) {
  if (isAddress(link)) return undefined;
  const [file = '', anchor] = link.split('#').map(decodeURIComponent);
  const target = file === '' ? page : path.resolve(path.dirname(page), file);
  if (file.startsWith('/') || path.relative(root, target).startsWith('..')) return 'leads out of the repository';
  if (!fs.existsSync(target)) return 'no such file';
  if (anchor !== undefined && !(target.endsWith('.md') && anchorsOf(target).has(anchor))) return 'no such heading';
  return undefined;
}

/**
 * Why a line is too long, or undefined: code, tables, a single word and a single link cannot be wrapped.
 * @param {string} line @param {string} prose
 */
function widthFaultOf(line, prose) {
  const { length } = Array.from(line);
  if (length <= WIDTH || prose.trim() === '' || /^\s*\|/.test(line)) return undefined;
  const text = line.trim().replace(/^([-*]|\d+\.) +/, '');
  if (/^\S+$/.test(text) || /^!?\[[^\]]*\]\(\S+\)[.,;:]?$/.test(text)) return undefined;
  return `${length} columns, more than ${WIDTH}`;
}

/** The Markdown files in a folder and below it; none where there is no such folder. @param {string} folder */
function pagesIn(folder) {
  if (!fs.existsSync(path.join(root, folder))) return [];
  const files = fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
}

const RESULTS = path.join('bench', 'results'); // written by the benchmark: their links are followed, their lines stay as they are
const SINGLE = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', path.join('bench', 'README.md')];
const pages = [
  ...SINGLE.filter((name) => fs.existsSync(path.join(root, name))),
  ...pagesIn('docs'),
  ...pagesIn(RESULTS),
];

let links = 0;
let broken = 0;
let long = 0;
for (const page of pages) {
  const text = fs.readFileSync(path.join(root, page), 'utf8');
  const source = text.split('\n');
  for (const [index, line] of proseOf(text).split('\n').entries()) {
    const tooLong = page.startsWith(RESULTS) ? undefined : widthFaultOf(source[index] ?? '', line);
    if (tooLong !== undefined) {
      long += 1;
      console.error(`${page}:${index + 1}: ${tooLong}`);
    }
    for (const { target: link } of linksOf(line)) {
      links += 1;
      const fault = faultOf(path.join(root, page), link);
      if (fault === undefined) continue;
      broken += 1;
      console.error(`${page}:${index + 1}: ${link}: ${fault}`);
    }
  }
}
console.log(`${links} links on ${pages.length} pages, ${broken} broken; ${long} lines of prose above ${WIDTH} columns`);
if (broken + long > 0) process.exitCode = 1;
