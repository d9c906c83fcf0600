// The package managers of a rehearsal: where they are on this machine, how each installs, and what runs programs in its projects.

import * as fs from 'node:fs';
import path from 'node:path';
import { sideTool } from '../../scripts/prebuild/emulate.mjs';
import { ROOT } from '../docs/blocks';
import { printedIn, type Place } from '../docs/place';

export interface Manager {
  /** The program, with its first arguments. */
  readonly program: readonly [string, ...string[]];
  /** What brings the program where it is missing. */
  readonly from: string;
  /** The command that adds packages to a project, and how it calls a package. */
  readonly add: readonly string[];
  readonly prefix?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** What runs programs, where it is not this Node. */
  readonly runtime?: readonly [string, ...string[]];
}

const tool = (group: string, ...parts: string[]): string =>
  path.join(ROOT, 'build-tools', group, 'node_modules', ...parts);
const BUN = tool('runtimes', '@oven', 'bun-linux-x64', 'bin', 'bun');
const DENO = tool('runtimes', '@deno', 'linux-x64-glibc', 'deno');

export const MANAGERS: Readonly<Record<string, Manager>> = {
  npm: { program: ['npm'], from: 'Node', add: ['install', '--no-audit', '--no-fund', '--no-update-notifier'] },
  pnpm: {
    program: [sideTool('@pnpm', 'exe.linux-x64', 'pnpm')],
    from: 'node scripts/prebuild/setup.mjs',
    add: ['add', '--config.strict-dep-builds=false'], // the scripts of other packages may stay as they are: not run
  },
  yarn: {
    program: [process.execPath, tool('bundlers', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')],
    from: 'npm run side-tools -- bundlers',
    add: ['add'],
    settings: {
      YARN_NODE_LINKER: 'pnp',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0', // which CI=true would switch on
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_NPM_MINIMAL_AGE_GATE: '0', // this version is young
    },
  },
  bun: { program: [BUN], from: 'npm run side-tools -- runtimes', add: ['add'], runtime: [BUN] },
  deno: {
    program: [DENO],
    from: 'npm run side-tools -- runtimes',
    add: ['add'],
    prefix: 'npm:',
    settings: { DENO_NO_UPDATE_CHECK: '1' },
    runtime: [DENO, 'run', '--allow-all'],
  },
};

/** What TensorFlow.js requires and does not declare (docs/tfjs.md). */
const EXTENSIONS = `packageExtensions:
  '@tensorflow/tfjs@*':
    dependencies:
      long: '4.0.0'
`;

/** Whether the program of a manager is on this machine. */
export const isAtHand = ({ program }: Manager): boolean =>
  program.every((part) => !path.isAbsolute(part) || fs.existsSync(part));

/** A new project of a manager in a folder, whose packages come from the registry at this address. Nothing of the user's settings counts. */
export function newProject({ runtime, settings }: Manager, folder: string, registry: string): Place {
  const project = path.join(folder, 'project');
  fs.mkdirSync(project, { recursive: true });
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'a-project', private: true }));
  const ofUser = (process.env['PATH'] ?? '').split(path.delimiter).filter((each) => !each.includes('node_modules'));
  const PATH = [path.dirname(process.execPath), ...ofUser].join(path.delimiter);
  fs.writeFileSync(path.join(project, '.npmrc'), `registry=${registry}\n`); // Yarn alone does not read it
  const env = { PATH, HOME: path.join(folder, 'home'), NO_COLOR: '1', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const command = runtime ?? [process.execPath];
  const isPnp = settings !== undefined && 'YARN_NODE_LINKER' in settings;
  // Under Plug'n'Play tsx takes a module that awaits at the top level for CommonJS.
  const typescript = isPnp ? null : runtime === undefined ? ['--import', 'tsx'] : [];
  if (isPnp) {
    fs.writeFileSync(path.join(project, 'yarn.lock'), ''); // this folder is a project of its own
    fs.writeFileSync(path.join(project, '.yarnrc.yml'), EXTENSIONS);
  }
  return { folder: project, command, typescript, env: { ...env, YARN_NPM_REGISTRY_SERVER: registry, ...settings } };
}

/** Adds packages to a project. Returns the place as programs find it then. */
export async function add(manager: Manager, place: Place, packages: readonly string[]): Promise<Place> {
  const { program, prefix = '', settings = {} } = manager;
  await printedIn(place, [...program, ...manager.add, ...packages.map((name) => prefix + name)], 600_000);
  if (!('YARN_NODE_LINKER' in settings)) return place;
  // What `yarn node` gives to Node: how packages are found without node_modules.
  const NODE_OPTIONS = await printedIn(place, [...program, 'node', '-p', 'process.env.NODE_OPTIONS']);
  return { ...place, env: { ...place.env, NODE_OPTIONS } };
}

export const versionOf = (manager: Manager, place: Place): Promise<string> =>
  printedIn(place, [...manager.program, '--version']).then((printed) => /\d+\.\d+\.\d+/.exec(printed)![0]);
