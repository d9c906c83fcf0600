// What `npm pack` would ship: everything a user needs to run and to build, nothing else; then publint and attw on its entry points.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root, run, tool } from './run.mjs';

const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
/** @type {[{ files: { path: string }[], size: number, unpackedSize: number }]} */
const [pack] = JSON.parse(json);
const shipped = new Set(pack.files.map((file) => file.path));

const needed = [
  ...['LICENSE', 'THIRD-PARTY-NOTICES.md', 'README.md', 'CHANGELOG.md', 'CMakeLists.txt', 'cmake/eigen.cmake'],
  ...['index', 'safetensors'].flatMap((entry) => ['js', 'mjs', 'd.ts', 'd.mts'].map((type) => `dist/${entry}.${type}`)),
  'scripts/fetch-eigen.mjs',
  ...[
    'native/vendor/eigen/VERSION',
    'native/vendor/eigen/Eigen/Core',
    'native/vendor/eigen/unsupported/Eigen/CXX11/ThreadPool',
  ],
];
const allowed = /^(dist|prebuilds|native|cmake)\/|^scripts\/fetch-eigen\.mjs$|^[^/]+\.(md|json|txt)$|^LICENSE$/;
const unwanted = /(^|\/)(test|examples|bench|build[^/]*|node_modules)\/|\.(test\.|tgz$|gcda$|gcno$)/;
/** A file of dist/ whose source is gone. @param {string} file */
const isStale = (file) => {
  const name = /^dist\/(.+?)\.(d\.ts|js)(\.map)?$/.exec(file)?.[1];
  return name !== undefined && !fs.existsSync(path.join(root, 'lib', `${name}.ts`));
};

const problems = [
  ...needed.filter((file) => !shipped.has(file)).map((file) => `lacks ${file}`),
  ...[...shipped].filter((file) => !allowed.test(file) || unwanted.test(file)).map((file) => `should not hold ${file}`),
  ...[...shipped].filter(isStale).map((file) => `holds ${file}, which has no source in lib/ any more (npm run clean)`),
];
const ours = [...shipped].filter((file) => !file.startsWith('native/vendor/')).sort();
console.log(`${ours.join('\n')}\nand ${shipped.size - ours.length} files of Eigen`);
console.log(
  `${shipped.size} files, ${Math.round(pack.size / 1024)} KiB packed, ${Math.round(pack.unpackedSize / 1024)} KiB unpacked`,
);
for (const problem of problems) console.error(`The package ${problem}`);
if (problems.length > 0) process.exit(1);

run(process.execPath, [tool('publint', 'src', 'cli.js'), '--strict', '--pack', 'npm']);
run(process.execPath, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), '--pack', root, '--format', 'ascii']);
