// Fills native/vendor/eigen with the part of Eigen 3.4.0 that the core uses (Core and the thread pool) and its licence
// files.
//
//   node scripts/fetch-eigen.mjs              exits 1 with the alternatives if it cannot
//   node scripts/fetch-eigen.mjs --optional   says so, but exits 0: CMake may find an installed Eigen
//   node scripts/fetch-eigen.mjs --check      fetches nothing; exits 1 where the folder is not what this script would fill it with
//
// Debian's package is tried first (unprivileged, nothing is installed), then the upstream archive. Either must have the
// SHA-256 below, and so must what came of it: a file that was changed, added or lost afterwards is noticed at the next
// build, and the folder is filled anew. The folder appears in one rename, so a run that is cut off leaves nothing half
// filled.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '3.4.0';
const DEB = {
  package: 'libeigen3-dev=3.4.0-4',
  sha256: '1a167bb381acb90c1d8450a8f3e66a09d216dbc64b33ac8a082a0912513ef939',
  tree: '9907106e7ad7b129f3835c21cefdd95e6c57361797765553a372df713bc2d3f8', // Debian patches four of the headers
};
const ARCHIVE = {
  url: 'https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz',
  sha256: '8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72',
  tree: '1c14299fe53cf4f8056bfd56686e07f43c4b869dc86bdcd67c2e721d164877b4',
};
const SUBSET = [
  'Eigen/Core',
  'Eigen/src/Core',
  'Eigen/src/plugins',
  'unsupported/Eigen/CXX11/ThreadPool',
  'unsupported/Eigen/CXX11/src/ThreadPool',
  'unsupported/Eigen/CXX11/src/util',
];

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const vendor = path.join(root, 'native', 'vendor');
const target = path.join(vendor, 'eigen');
const stamp = path.join(target, 'VERSION');

/**
 * The text of the stamp after a run of this very script. Where the stamp has another text, Eigen is fetched anew.
 * @param {string} sha256
 */
const stampText = (sha256) => `eigen ${VERSION}\nsource sha256 ${sha256}\n${SUBSET.join('\n')}\n`;

/**
 * The SHA-256 of a folder: of the names of its files, in order, and of what is in them; not of the stamp.
 * @param {string} folder
 */
function treeSum(folder) {
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== path.basename(stamp) && !fs.statSync(path.join(folder, name)).isDirectory())
    .map((name) => name.replaceAll(path.sep, '/'))
    .sort();
  const sum = createHash('sha256');
  for (const name of names) {
    const content = createHash('sha256').update(fs.readFileSync(path.join(folder, name)));
    sum.update(`${name}\0${content.digest('hex')}\n`);
  }
  return sum.digest('hex');
}

/** What is wrong with the folder; undefined where nothing is. */
function fault() {
  if (!fs.existsSync(stamp)) return 'is missing';
  const text = fs.readFileSync(stamp, 'utf8');
  const source = [DEB, ARCHIVE].find(({ sha256 }) => text === stampText(sha256));
  if (source === undefined) return 'is of another version, source or subset';
  return treeSum(target) === source.tree
    ? undefined
    : 'has files that were changed, added or lost since it was fetched';
}

/** @param {string} file @param {string} expected */
function verify(file, expected) {
  const actual = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  if (actual !== expected) throw new Error(`${path.basename(file)} has SHA-256 ${actual}, expected ${expected}`);
}

/** @param {string} command @param {string[]} args @param {string} cwd */
const quietly = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });

/** Debian's package into `work`; returns the tree's root and its licence files. @param {string} work */
function fromApt(work) {
  try {
    quietly('apt-get', ['download', DEB.package], work);
  } catch (first) {
    if (isMissing(first)) throw new Error('this machine has no apt-get', { cause: first });
    // Perhaps the machine has no package lists: fetch some, into a folder of our own, which needs no privileges.
    for (const dir of ['lists/partial', 'cache/archives/partial'])
      fs.mkdirSync(path.join(work, 'apt', dir), { recursive: true });
    const own = [
      '-o',
      `Dir::State::lists=${work}/apt/lists`,
      '-o',
      `Dir::Cache=${work}/apt/cache`,
      '-o',
      'APT::Sandbox::User=',
    ];
    quietly('apt-get', [...own, 'update'], work);
    quietly('apt-get', [...own, 'download', DEB.package], work);
  }
  const deb = fs.readdirSync(work).find((name) => name.endsWith('.deb'));
  if (deb === undefined) throw new Error('apt-get left no package');
  verify(path.join(work, deb), DEB.sha256);
  quietly('dpkg-deb', ['-x', deb, 'tree'], work);
  return {
    tree: path.join(work, 'tree/usr/include/eigen3'),
    licences: [path.join(work, 'tree/usr/share/doc/libeigen3-dev/copyright')], // holds MPL-2.0 in full
    sha256: DEB.sha256,
    treeSha256: DEB.tree,
  };
}

/** The upstream archive into `work`. @param {string} work */
async function fromArchive(work) {
  const file = path.join(work, 'eigen.tar.gz');
  const response = await fetch(ARCHIVE.url, { signal: AbortSignal.timeout(180_000) });
  if (!response.ok) throw new Error(`${ARCHIVE.url} answers ${response.status}`);
  fs.writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  verify(file, ARCHIVE.sha256);
  quietly('tar', ['-xzf', 'eigen.tar.gz'], work);
  const tree = path.join(work, 'eigen-3.4.0');
  const licences = fs.readdirSync(tree).filter((name) => name.startsWith('COPYING.'));
  return {
    tree,
    licences: licences.map((name) => path.join(tree, name)),
    sha256: ARCHIVE.sha256,
    treeSha256: ARCHIVE.tree,
  };
}

/** @param {unknown} error */
const isMissing = (error) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** One line of an error, the command's own complaint first. @param {unknown} error */
function reason(error) {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const complaint = stderr.split('\n').find((line) => /^(E:|[a-z-]+: )/.test(line));
  if (complaint !== undefined) return complaint;
  if (!(error instanceof Error)) return String(error);
  return (error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message).split('\n', 1)[0];
}

async function fill() {
  fs.mkdirSync(vendor, { recursive: true });
  const work = fs.mkdtempSync(path.join(vendor, '.eigen-')); // beside the target: a rename must not cross file systems
  try {
    const problems = [];
    for (const source of [fromApt, fromArchive]) {
      const dir = fs.mkdtempSync(path.join(work, 'source-'));
      try {
        const { tree, licences, sha256, treeSha256 } = await source(dir);
        const staged = path.join(work, 'eigen');
        for (const part of SUBSET) fs.cpSync(path.join(tree, part), path.join(staged, part), { recursive: true });
        for (const licence of licences) fs.copyFileSync(licence, path.join(staged, path.basename(licence)));
        const sum = treeSum(staged);
        if (sum !== treeSha256) throw new Error(`what was unpacked has SHA-256 ${sum}, expected ${treeSha256}`);
        fs.writeFileSync(path.join(staged, path.basename(stamp)), stampText(sha256));
        fs.rmSync(target, { recursive: true, force: true });
        fs.renameSync(staged, target);
        return source === fromApt ? `Debian package ${DEB.package}` : ARCHIVE.url;
      } catch (error) {
        problems.push(reason(error));
      }
    }
    throw new Error(problems.join('; '));
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

const found = fault();
if (found !== undefined && process.argv.includes('--check')) {
  console.error(`native/vendor/eigen ${found}: node scripts/fetch-eigen.mjs fills it anew`);
  process.exitCode = 1;
} else if (found !== undefined) {
  const isChanged = found.startsWith('has files');
  if (isChanged) console.error(`native/vendor/eigen ${found}: it is filled anew`);
  try {
    console.log(`Eigen ${VERSION}: native/vendor/eigen filled from ${await fill()}, SHA-256 checked`);
  } catch (error) {
    // Where headers have changed, --optional does not count, so that nothing is built with them unnoticed.
    const optional = process.argv.includes('--optional') && !isChanged;
    console.error(`Eigen ${VERSION} could not be fetched (${reason(error)}).`);
    console.error(
      optional
        ? 'The build goes on with an installed Eigen >= 3.4 if CMake finds one.'
        : 'Install Eigen >= 3.4 (Debian: libeigen3-dev), or build with LBFGS_FETCH_EIGEN=ON to let CMake download it.' +
            (isChanged ? ' Either needs native/vendor/eigen removed.' : ''),
    );
    if (!optional) process.exitCode = 1;
  }
}
