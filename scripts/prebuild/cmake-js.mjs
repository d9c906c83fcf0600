#!/usr/bin/env node
// What prebuildify runs in place of node-gyp, in the folder of one target: builds that target there, by cmake-js.
// prebuildify's own arguments (rebuild --target=… --arch=…) say less than its environment does.

import path from 'node:path';
import { buildAddon, root } from '../run.mjs';
import { optionsFor } from './cmake-options.mjs';
import { targets } from './targets.mjs';

const { PREBUILD_PLATFORM: platform, PREBUILD_ARCH: arch = '', PREBUILD_LIBC: libc } = process.env;
const target = targets.find(
  (each) => each.platform === platform && each.arch === arch && (each.libc === undefined || each.libc === libc),
);
if (target === undefined) throw new Error(`Expected a known target but received ${platform}-${arch} ${libc}`);
buildAddon(path.relative(root, process.cwd()), optionsFor(target), ['--arch', arch]);
