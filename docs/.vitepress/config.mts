// The site that `npm run docs` builds (scripts/docs/main.mjs), of the pages that it has laid out in build-site/.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { slugOf } from '../../scripts/markdown.mjs';

const STAGED = join(import.meta.dirname, '..', '..', 'build-site');

/** A path that goes down to a minimum. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 5 11 21 18 18 24 27" fill="none" ' +
  'stroke="#3b82d6" stroke-width="4"/><circle cx="24" cy="27" r="4" fill="#3b82d6"/></svg>';

const page = (text: string, name: string): DefaultTheme.SidebarItem => ({ text, link: `/${name}` });

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: 'Guide',
    items: [
      page('Install', 'installing'),
      page('Examples', 'examples'),
      page('Fit a curve', 'curve-fit'),
      page('Minimise with bounds', 'minimize'),
      page('Train a TensorFlow.js model', 'tfjs'),
      page('Train a PyTorch model in Node', 'onnx'),
      page('Train without blocking', 'async'),
      page('One gradient on several cores', 'workers'),
      page('More than one machine', 'distributed'),
      page('Electron', 'electron'),
      page('From PyTorch', 'from-pytorch'),
      page('From SciPy', 'from-scipy'),
    ],
  },
  {
    text: 'More tasks',
    items: [
      page('Save and load', 'checkpoints'),
      page('Observe a training', 'observing'),
      page('Recipes', 'recipes'),
      page('jax-js', 'jax'),
      page('Bundlers', 'bundlers'),
      page('Errors and ends', 'errors'),
      page('Differences from torch', 'differences-from-torch'),
    ],
  },
  {
    text: 'Figures',
    items: [
      page('Performance', 'performance'),
      page('Accuracy', 'accuracy'),
      ...(existsSync(join(STAGED, 'comparison.md')) ? [page('Comparison', 'comparison')] : []),
      page('See it work', 'see-it-work'),
    ],
  },
  { text: 'API', items: [page('All topics', 'api/')] },
  {
    text: 'Design',
    items: [
      page('The algorithm', 'algorithm'),
      page('Reliability', 'reliability'),
      page('What bounds the speed', 'design/performance'),
      page('Contributing', 'contributing'),
      page('Releasing', 'releasing'),
      page('Changes', 'changelog'),
    ],
  },
];

/** The API by topic: the topics of the main entry point first, then the other entry points, which are pages below its own. */
function api(): DefaultTheme.SidebarItem[] {
  const file = join(STAGED, 'api', 'typedoc-sidebar.json');
  const modules = JSON.parse(readFileSync(file, 'utf8')) as DefaultTheme.SidebarItem[];
  const parts = (modules[0]?.items ?? []).map((part) => ({
    ...part,
    text: part.link === undefined ? (part.text ?? '') : `lbfgs/${part.text ?? ''}`,
    collapsed: true,
  }));
  return [{ text: 'API', items: [page('All entry points', 'api/'), page('All of lbfgs', 'api/lbfgs/')] }, ...parts];
}

export default defineConfig({
  title: 'lbfgs',
  description: "L-BFGS for Node.js: PyTorch's optimiser on a native core, with bounds, curve fits and TypeScript types",
  lang: 'en-GB',
  base: `${(process.env['DOCS_BASE'] ?? '').replace(/\/$/, '')}/`,
  srcDir: '../build-site',
  outDir: '../build-docs',
  cacheDir: '../build-site-cache',
  metaChunk: true,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: slugOf },
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/curve-fit' },
      { text: 'Figures', link: '/performance' },
      { text: 'API', link: '/api/' },
      { text: 'Design', link: '/algorithm' },
      { text: 'See it work', link: '/see-it-work' },
    ],
    sidebar: { '/api/': api(), '/': guide },
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
    footer: { message: 'MIT licence', copyright: 'the lbfgs authors' },
  },
});
