// What a compiled addon must be to be published.

import headers from 'node-api-headers';

/** @typedef {import('./inspect.mjs').Inspected} Inspected */
/** @typedef {import('./targets.mjs').Target} Target */

const LIMIT = 1_000_000;
/** Node's own floor on Linux is 2.28. */
const GLIBC = '2.28';
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** The functions of Node-API 8, without those for memory outside of Electron's memory cage. */
const nodeApi = new Set(
  [...headers.symbols.v8.js_native_api_symbols, ...headers.symbols.v8.node_api_symbols].filter(
    (name) => !/external_(arraybuffer|buffer)|uv_event_loop/.test(name),
  ),
);

/**
 * The libraries that each system has. On Linux and Windows no C++ library is among them, since the addon links its own
 * statically.
 */
const LIBRARIES = {
  glibc: /^(ld-linux-(x86-64|aarch64)\.so\.\d|lib(c|m|pthread|dl)\.so\.\d)$/,
  musl: /^libc(\.musl-\w+)?\.so(\.1)?$/,
  darwin: /^\/usr\/lib\/lib(System\.B|c\+\+\.1)\.dylib$|^@rpath\/lbfgs\.node$|lbfgs\.node$/,
  // MSVC's runtime is not among them, since it need not be installed.
  win32: /^(KERNEL32|ADVAPI32|ntdll|msvcrt|node|api-ms-win-[\w-]+)\.(dll|exe)$/i,
};

/** @param {string} a @param {string} b whether version a is above b */
function isAbove(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const at = x?.findIndex((part, index) => part !== y?.[index]) ?? -1;
  return at >= 0 && (x?.[at] ?? 0) > (y?.[at] ?? 0);
}

/**
 * Whether musl may define the name. Of the names reserved for compilers and libraries, musl defines few.
 * @param {string} name
 */
const isMusls = (name) =>
  !name.startsWith('_') || /^_(Exit|_errno_location|_cxa_(atexit|finalize)|_tls_get_addr|ITM_\w+)$/.test(name);

/** Why the addon must not import a symbol, or undefined. @param {string} symbol @param {Target} target */
function faultOf(symbol, { platform, libc }) {
  const [name = '', version] = symbol.split('@').filter(Boolean);
  if (/^(napi|node_api)_/.test(name))
    return nodeApi.has(name) ? undefined : 'is no function of Node-API 8, or one that we do not use';
  if (/^(uv_|_?_ZN?K?(2v8|4node)|\?.*@(v8|node)@@)/.test(name)) return "is of Node's inside";
  if (platform !== 'linux') return undefined;
  if (libc === 'musl') return version === undefined && isMusls(name) ? undefined : "is not musl's";
  if (version === undefined)
    return /^(_ITM_\w+|__gmon_start__|__tls_get_addr)$/.test(name) ? undefined : "is not glibc's";
  const [, number] = /^GLIBC_([\d.]+)$/.exec(version) ?? [];
  if (number === undefined) return 'is of another library than glibc';
  return isAbove(number, GLIBC) ? `needs more than glibc ${GLIBC}` : undefined;
}

/**
 * Why the file must not be published as this target's; empty where it may.
 * @param {Target} target @param {Inspected} file
 */
export function problemsOf(target, file) {
  const named = `${target.platform}-${target.arch}`;
  if (file.target === '') return ['it is no library for any of our platforms, or it is cut short'];
  if (file.target !== named) return [`it is for ${file.target}`];
  const problems = [];
  if (file.size >= LIMIT) problems.push(`it has ${file.size} bytes, ${LIMIT} or more`);
  if (!file.stripped) problems.push('it is not stripped');
  const known = LIBRARIES[/** @type {keyof typeof LIBRARIES} */ (target.libc ?? target.platform)];
  for (const library of file.libraries) if (!known.test(library)) problems.push(`it needs ${library}`);
  if (file.exported.sort().join() !== EXPORTED.join())
    problems.push(`it exports ${file.exported.join(', ') || 'nothing'}`);
  for (const symbol of file.imported) {
    const fault = faultOf(symbol, target);
    if (fault !== undefined) problems.push(`it uses ${symbol}, which ${fault}`);
  }
  if (!file.imported.some((symbol) => nodeApi.has(symbol))) problems.push('it uses nothing of Node-API');
  return problems;
}
