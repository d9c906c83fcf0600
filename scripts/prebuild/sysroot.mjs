// The sysroot of a Linux target: Debian 11's glibc and libstdc++, or musl and a libc++ built for it. A sysroot appears
// under build-prebuild/ by one rename, under a name that follows from what it is made of.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { unpack } from './debian.mjs';
import { buildLibcxx, LIBCXX } from './libcxx.mjs';

/** @typedef {import('./debian.mjs').Pin} Pin */
/** @typedef {{ glibc: readonly Pin[], musl: readonly Pin[] }} Packages */

/** @type {Readonly<Record<string, Packages>>} */
const PACKAGES = {
  x64: {
    glibc: [
      ['g/glibc/libc6_2.31-13+deb11u11_amd64.deb', '05f7264da867b37f4c5ce49266b558ea1e81e05a9464f623152fca70f3550282'],
      [
        'g/glibc/libc6-dev_2.31-13+deb11u11_amd64.deb',
        'e7f7b45d9c5cfcf37609f0b6efd3c645272c812144703af89dfd32218fcb0fd3',
      ],
      ['g/gcc-10/libgcc-10-dev_10.2.1-6_amd64.deb', '3b711374092b84e732c4e73cf33e02cff02e34a5f105eb6467de8d9038e4cd9d'],
      ['g/gcc-10/libgcc-s1_10.2.1-6_amd64.deb', 'e478f2709d8474165bb664de42e16950c391f30eaa55bc9b3573281d83a29daf'],
      [
        'g/gcc-10/libstdc++-10-dev_10.2.1-6_amd64.deb',
        '20b1f56863dcc5f187d6cb53b2aa6149bd013be4ec67e10c2c31a22fda619a01',
      ],
      [
        'l/linux/linux-libc-dev_5.10.223-1_amd64.deb',
        'e3be603bd12377bb90fcfb0f2048ca3a81c886e49d6f09945b82159d1c54f7b2',
      ],
    ],
    musl: [
      ['m/musl/musl_1.2.3-1_amd64.deb', '4fc1e3d9b579f5c682ca99a4d45aec08d72a2e6b82b4c2e1bbcb7095466ae96d'],
      ['m/musl/musl-dev_1.2.3-1_amd64.deb', '7c34f29a0c1aa12f6da1d25ed6de6fe6bbd9e048ee76b3dcb88c5e51fb65507f'],
      ['g/gcc-10/libgcc-10-dev_10.2.1-6_amd64.deb', '3b711374092b84e732c4e73cf33e02cff02e34a5f105eb6467de8d9038e4cd9d'],
      [
        'l/linux/linux-libc-dev_5.10.223-1_amd64.deb',
        'e3be603bd12377bb90fcfb0f2048ca3a81c886e49d6f09945b82159d1c54f7b2',
      ],
    ],
  },
  arm64: {
    glibc: [
      ['g/glibc/libc6_2.31-13+deb11u11_arm64.deb', 'baaa9aa184e2f21738c5819055e6740cc5b22f198e3f416e33f82b40ff6933d8'],
      [
        'g/glibc/libc6-dev_2.31-13+deb11u11_arm64.deb',
        '28d478134722dcd4b0bd2045a199301d18713bf95947b9fce66634e7aeacab2e',
      ],
      ['g/gcc-10/libgcc-10-dev_10.2.1-6_arm64.deb', '80fc73d339ada2e194175afe83cd89014565242153b6e3c2128849d8817da367'],
      ['g/gcc-10/libgcc-s1_10.2.1-6_arm64.deb', 'e2fcdb378d3c1ad1bcb64d4fb6b37aab44011152beca12a4944f435a2582df1f'],
      [
        'g/gcc-10/libstdc++-10-dev_10.2.1-6_arm64.deb',
        'cee7ca63613b50a8a51cc670db385c7e6d1181b72c94148fc8b7992e4570782d',
      ],
      [
        'l/linux/linux-libc-dev_5.10.223-1_arm64.deb',
        '8b6374a64412d33eac61d74f77b8f932da4b8a707ea8a614791e2a35b8917618',
      ],
    ],
    musl: [
      ['m/musl/musl_1.2.3-1_arm64.deb', '6ccf2bf0f479b00411cb8e1eeb048e648718170db5d63bbb4bf4a89350b81468'],
      ['m/musl/musl-dev_1.2.3-1_arm64.deb', '55c2ca4bc3041c8ed8ac7dc3ef6080d9551a21650568b2fd7610b59eaf98a4f4'],
      ['g/gcc-10/libgcc-10-dev_10.2.1-6_arm64.deb', '80fc73d339ada2e194175afe83cd89014565242153b6e3c2128849d8817da367'],
      [
        'l/linux/linux-libc-dev_5.10.223-1_arm64.deb',
        '8b6374a64412d33eac61d74f77b8f932da4b8a707ea8a614791e2a35b8917618',
      ],
    ],
  },
};

/** Makes absolute symbolic links, which would lead into this machine's own system, relative. @param {string} folder */
function relink(folder) {
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    if (!fs.lstatSync(file).isSymbolicLink()) continue;
    const target = fs.readlinkSync(file);
    if (!target.startsWith('/')) continue;
    fs.rmSync(file);
    fs.symlinkSync(path.relative(path.dirname(file), path.join(folder, target)), file);
  }
}

/**
 * Moves musl, which Debian keeps in folders of its own beside glibc, to where a C library is looked for.
 * @param {string} folder @param {string} triple
 */
function makeMuslTheSystem(folder, triple) {
  const gnu = triple.replace(/musl$/, 'gnu'); // the kernel's headers of the one architecture lie there
  for (const [from, to] of /** @type {const} */ ([
    [`lib/${triple}`, 'usr/lib'],
    [`usr/lib/${triple}`, 'usr/lib'],
    [`usr/include/${triple}`, 'usr/include'],
    [`usr/include/${gnu}`, 'usr/include'],
  ])) {
    for (const name of fs.readdirSync(path.join(folder, from)))
      fs.renameSync(path.join(folder, from, name), path.join(folder, to, name));
  }
}

/** The folder of a target's system; made where it is not there. @param {import('./targets.mjs').Target} target */
export function sysroot({ arch, libc = 'glibc', triple = '' }) {
  const pins = PACKAGES[arch]?.[libc];
  if (pins === undefined) throw new Error(`Expected a known Linux for a sysroot but received ${arch} ${libc}`);
  const recipe = JSON.stringify([pins, libc === 'musl' ? LIBCXX : null]);
  const sum = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const folder = path.join(root, 'build-prebuild', 'sysroots', `${triple}-${sum}`);
  if (fs.existsSync(folder)) return folder;

  console.log(`sysroot: ${triple}`);
  const work = `${folder}.part`;
  fs.rmSync(work, { recursive: true, force: true });
  unpack(pins, work);
  relink(work);
  if (libc === 'musl') {
    makeMuslTheSystem(work, triple);
    buildLibcxx(work, triple);
  }
  fs.renameSync(work, folder);
  return folder;
}
