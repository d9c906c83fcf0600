// The eight platforms that the package carries a compiled addon for. docs/releasing.md says what builds them.

/**
 * @typedef {object} Target
 * @property {string} name as in the commands: `npm run prebuild -- linux-x64-musl`
 * @property {string} platform process.platform
 * @property {string} arch process.arch
 * @property {'glibc' | 'musl'} [libc]
 * @property {string} [triple] what the cross compiler calls it
 */

/** @type {readonly Target[]} */
export const targets = [
  { name: 'linux-x64-glibc', platform: 'linux', arch: 'x64', libc: 'glibc', triple: 'x86_64-linux-gnu' },
  { name: 'linux-x64-musl', platform: 'linux', arch: 'x64', libc: 'musl', triple: 'x86_64-linux-musl' },
  { name: 'linux-arm64-glibc', platform: 'linux', arch: 'arm64', libc: 'glibc', triple: 'aarch64-linux-gnu' },
  { name: 'linux-arm64-musl', platform: 'linux', arch: 'arm64', libc: 'musl', triple: 'aarch64-linux-musl' },
  { name: 'win32-x64', platform: 'win32', arch: 'x64', triple: 'x86_64-w64-mingw32' },
  { name: 'win32-arm64', platform: 'win32', arch: 'arm64' },
  { name: 'darwin-x64', platform: 'darwin', arch: 'x64' },
  { name: 'darwin-arm64', platform: 'darwin', arch: 'arm64' },
];

/**
 * The path of a target's addon in the package, as prebuildify names it and node-gyp-build finds it.
 * @param {Target} target
 */
export const fileOf = ({ platform, arch, libc }) =>
  `prebuilds/${platform}-${arch}/${['lbfgs', libc, 'node'].filter(Boolean).join('.')}`;

/** The targets with these names, or all of them where there are no names. @param {readonly string[]} names */
export function named(names) {
  const unknown = names.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0) {
    const known = targets.map(({ name }) => name).join(', ');
    throw new Error(`Expected one of ${known} for a target but received ${unknown.join(', ')}`);
  }
  return targets.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Whether this process can load the addon of a target. @param {Target} target */
export function isOfThisProcess({ platform, arch, libc }) {
  if (platform !== process.platform || arch !== process.arch) return false;
  if (libc === undefined) return true;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return libc === (header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
}
