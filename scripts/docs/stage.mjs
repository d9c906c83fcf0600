// Lays the pages of the site out in build-site/, from which VitePress builds it: the pages of docs/ and of
// docs/.vitepress/pages/, the pages and files of the repository that they link to, and their pictures. Links are
// written anew for the places there. A file that is no page becomes one that shows its text, so that the site needs no
// address of the repository.

import * as fs from 'node:fs';
import path from 'node:path';
import { isAddress, linksOf, proseOf } from '../markdown.mjs';
import { root } from '../run.mjs';

const OWN_PAGES = 'docs/.vitepress/pages/';
const PICTURES = /\.(svg|png|jpg)$/;
/** Lists of all pages, whose place the home page takes. */
const LISTS = ['README.md', 'docs/README.md'];

/** Where a page or file of the repository stands in the site. @param {string} file */
function placeOf(file) {
  if (LISTS.includes(file)) return 'index.md';
  if (file.startsWith(OWN_PAGES)) return file.slice(OWN_PAGES.length);
  if (PICTURES.test(file)) return file.replace(/^docs\//, '');
  if (file.endsWith('.md')) {
    const place = file.replace(/^docs\//, '').replace(/\bREADME\.md$/, 'index.md');
    return /^[A-Z-]+\.md$/.test(place) ? place.toLowerCase() : place;
  }
  return `source/${file.replaceAll(/(^|\/)\./g, '$1')}.md`;
}

/** @param {string} file */
const languageOf = (file) => {
  const ending = path.extname(file).slice(1);
  return { mjs: 'js', hpp: 'cpp', yml: 'yaml', py: 'python', sh: 'bash' }[ending] ?? (ending === '' ? 'text' : ending);
};

/** A page that shows a file, or the names of the files of a folder. @param {string} file */
function sourcePage(file) {
  const full = path.join(root, file);
  const isFolder = fs.statSync(full).isDirectory();
  const text = isFolder ? fs.readdirSync(full).sort().join('\n') : fs.readFileSync(full, 'utf8').trimEnd();
  const fence = '`'.repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length + 1)));
  const front = '---\nsearch: false\naside: false\n---\n\n';
  return `${front}# ${path.basename(file)}\n\n\`${file}\`\n\n${fence}${isFolder ? 'text' : languageOf(file)}\n${text}\n${fence}\n`;
}

/**
 * A page with the links of its place in the site, and the files of the repository that it links to.
 * @param {string} file
 */
function stagedPage(file) {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  const place = placeOf(file);
  const prose = proseOf(text);
  /** @type {string[]} */
  const linked = [];
  const links = linksOf(prose).flatMap(({ from, target }) => {
    if (isAddress(target) || target.startsWith('#')) return [];
    const [name = '', anchor] = target.split('#');
    const other = path.posix.join(path.posix.dirname(file), decodeURIComponent(name)).replace(/\/$/, '');
    linked.push(other);
    const link = path.posix.relative(path.posix.dirname(place), placeOf(other));
    const known = anchor !== undefined && (!LISTS.includes(other) || anchor === 'install') ? `#${anchor}` : '';
    return [{ from, length: target.length, written: (link.startsWith('.') ? link : `./${link}`) + known }];
  });
  // A word such as <name> in prose is text here. VitePress would take it for an element.
  const words = file.startsWith(OWN_PAGES) ? [] : Array.from(prose.matchAll(/<(?=\/?\w+>)/g), ({ index }) => index);
  const edits = [...links, ...words.map((from) => ({ from, length: 1, written: '&lt;' }))];
  let staged = '';
  let copied = 0;
  for (const { from, length, written } of edits.sort((a, b) => a.from - b.from)) {
    staged += text.slice(copied, from) + written;
    copied = from + length;
  }
  return { text: staged + text.slice(copied), linked };
}

/** Writes all pages into the folder. @param {string} folder */
export function stage(folder) {
  /** @param {string} file @param {string} text */
  const write = (file, text) => {
    const target = path.join(folder, placeOf(file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  };
  const pages = fs
    .readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join('docs', ...name.split(path.sep)))
    .filter((name) => name.endsWith('.md') && !LISTS.includes(name));
  const waiting = [...pages, 'CHANGELOG.md', 'CONTRIBUTING.md'];
  const seen = new Set([...waiting, ...LISTS]);
  for (const file of waiting) {
    if (PICTURES.test(file)) {
      const target = path.join(folder, placeOf(file));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.copyFileSync(path.join(root, file), target);
    } else if (!file.endsWith('.md')) {
      write(file, sourcePage(file));
    } else {
      const { text, linked } = stagedPage(file);
      write(file, text);
      for (const other of linked) {
        if (!seen.has(other)) waiting.push(other); // the loop comes to it
        seen.add(other);
      }
    }
  }
  return waiting.length;
}
