// Files of the Debian archive, each pinned by its SHA-256. apt downloads them, by its own mirrors and proxies; nothing
// is installed and no package lists are read.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';

const HELPER = '/usr/lib/apt/apt-helper';
const downloads = path.join(root, 'build-prebuild', 'downloads');

/** @typedef {readonly [file: string, sha256: string]} Pin below pool/main/ of the archive */

/**
 * The archive this machine installs from. LBFGS_DEBIAN_MIRROR names another, once Debian 11 has left it (snapshot,
 * archive).
 */
function mirror() {
  const asked = process.env['LBFGS_DEBIAN_MIRROR'];
  if (asked) return asked.replace(/\/?$/, '/');
  const text = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const uri = text.split('\n').find((line) => line.endsWith('/debian/'));
  if (uri === undefined) throw new Error('Expected a Debian archive among the sources of apt but found none');
  return uri;
}

/** The pinned file on this machine; downloaded once. @param {Pin} pin */
export function download([file, sha256]) {
  const local = path.join(downloads, path.basename(file));
  if (!fs.existsSync(local)) {
    fs.mkdirSync(downloads, { recursive: true });
    // apt-helper fails, and leaves no file, where the file has another SHA-256.
    execFileSync(HELPER, ['download-file', `${mirror()}pool/main/${file}`, local, `SHA256:${sha256}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  return local;
}

/** Unpacks packages into a folder. @param {readonly Pin[]} pins @param {string} folder */
export function unpack(pins, folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const pin of pins) execFileSync('dpkg-deb', ['-x', download(pin), folder]);
}
