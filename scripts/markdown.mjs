// What the scripts here read of Markdown pages: their prose, their links, and the anchors of their headings as GitHub
// names them.

/** @param {string} text */
const blank = (text) => text.replaceAll(/[^\n]/g, ' ');

/**
 * The text without front matter and code, in which nothing is a link; line breaks and lengths stay.
 * @param {string} text
 */
export const proseOf = (text) =>
  text
    .replace(/^---\n[^]*?\n---\n/, blank)
    .replaceAll(/^( *)(`{3,}|~{3,}).*\n[^]*?^\1\2`*~*$|(`+)[^`][^]*?\3/gm, blank);

/**
 * The links in prose, and where their targets begin: [text](target "title"), ![text](target), [label]: target,
 * <a href="target">, <img src="target">. @param {string} prose
 */
export function linksOf(prose) {
  const pattern = /\]\(\s*<?([^\s)>]+)>?[^)]*\)|^ *\[[^\]]+\]: +<?([^\s>]+)|\b(?:href|src)="([^"]+)"/dgm;
  return Array.from(prose.matchAll(pattern), ({ indices }) => {
    const [from, to] = indices?.slice(1).find((range) => range !== undefined) ?? [0, 0];
    return { from, target: prose.slice(from, to) };
  });
}

/** Whether a link is an address elsewhere. @param {string} link */
export const isAddress = (link) => /^([a-z][a-z+.-]*:|\/\/)/i.test(link);

/** The anchor of a heading, before doubles get numbers. @param {string} title */
export const slugOf = (title) =>
  title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
