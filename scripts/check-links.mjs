// Every relative link and #anchor of the Markdown pages leads somewhere. External addresses are not fetched.
// node scripts/check-links.mjs [folder]: the repository by default; README.md, CONTRIBUTING.md, CHANGELOG.md and docs/*.md of it.

import * as fs from 'node:fs';
import path from 'node:path';
import { root as repository } from './run.mjs';

const root = path.resolve(process.argv[2] ?? repository);

/** The text without code, in which nothing is a link; line breaks stay. @param {string} text */
const proseOf = (text) =>
  text.replaceAll(/^( *)(`{3,}|~{3,}).*\n[^]*?^\1\2`*~*$|(`+)[^`][^]*?\3/gm, (code) => code.replaceAll(/[^\n]/g, ' '));

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
    const slug = title
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  const explicit = [...proseOf(text).matchAll(/<[^>]+ (?:id|name)="([^"]+)"/g)].map(([, name]) => name ?? '');
  return new Set([...headings, ...explicit]);
}

/** Why a link leads nowhere, or undefined. @param {string} page @param {string} link */
function faultOf(page, link) {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return undefined;
  const [file = '', anchor] = link.split('#').map(decodeURIComponent);
  const target = file === '' ? page : path.resolve(path.dirname(page), file);
  if (file.startsWith('/') || path.relative(root, target).startsWith('..')) return 'leads out of the repository';
  if (!fs.existsSync(target)) return 'no such file';
  if (anchor !== undefined && !(target.endsWith('.md') && anchorsOf(target).has(anchor))) return 'no such heading';
  return undefined;
}

const docs = path.join(root, 'docs');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => path.join(root, name)),
  ...(fs.existsSync(docs) ? fs.readdirSync(docs) : [])
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(docs, name)),
].filter((page) => fs.existsSync(page));

let links = 0;
let broken = 0;
for (const page of pages) {
  const lines = proseOf(fs.readFileSync(page, 'utf8')).split('\n');
  for (const [index, line] of lines.entries()) {
    // [text](target "title"), ![text](target), [label]: target, <a href="target">, <img src="target">
    for (const match of line.matchAll(
      /\]\(\s*<?([^\s)>]+)>?[^)]*\)|^ *\[[^\]]+\]: +<?([^\s>]+)|\b(?:href|src)="([^"]+)"/g,
    )) {
      const link = match[1] ?? match[2] ?? match[3] ?? '';
      links += 1;
      const fault = faultOf(page, link);
      if (fault === undefined) continue;
      broken += 1;
      console.error(`${path.relative(root, page)}:${index + 1}: ${link}: ${fault}`);
    }
  }
}
console.log(`${links} links on ${pages.length} pages, ${broken} broken`);
if (broken > 0) process.exitCode = 1;
