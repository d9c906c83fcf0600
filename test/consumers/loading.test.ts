// How the installed package finds its binary, and what it says where it may not, in processes as hostile as users' are.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { copyPrograms, installInto, makeFolder, nodeIn, PREBUILD, ROOT, runIn } from './consumer';

const { platform, arch } = process;
/** Node 20 and 22.0 have the first alone. */
const RESTRICTED = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
const REFUSAL =
  'try { require("lbfgs"); } catch ({ name, code, message }) { console.log(`${name} ${code} ${message}`); }';
/** In an order in which each is loaded after those that it needs: the index first, then safetensors, which tfjs loads. */
const ENTRIES = [
  'lbfgs',
  ...['safetensors', 'jax', 'mpi', 'onnx', 'shards', 'tensorboard', 'tfjs', 'workers'].map((name) => `lbfgs/${name}`),
];

describe('the installed package', () => {
  if (process.env['LBFGS_PREBUILD']) {
    console.log('left out: the installed package (here is another build of the addon than the one that is installed)');
    return;
  }

  const folder = fs.realpathSync(makeFolder());
  const ours = path.join(folder, 'node_modules', 'lbfgs');
  const own = path.join(ours, PREBUILD);
  let expected = '';
  before(async () => {
    installInto(folder);
    copyPrograms(folder, 'train.mjs');
    fs.writeFileSync(path.join(folder, 'refused.cjs'), REFUSAL);
    expected = await nodeIn(folder, 'train.mjs');
  });
  const refusal = (...args: string[]): Promise<string> => nodeIn(folder, '--no-warnings', ...args, 'refused.cjs');
  /** Without the binary, while `look` runs. */
  async function without<T>(look: () => Promise<T>): Promise<T> {
    fs.renameSync(own, `${own}.away`);
    try {
      return await look();
    } finally {
      fs.renameSync(`${own}.away`, own);
    }
  }

  for (const name of ['npm_config_arch', 'npm_config_platform', 'LIBC', 'ARM_VERSION', 'npm_config_libc']) {
    it(`does not look at ${name}, which speaks of other builds`, async () => {
      const environment = { [name]: 'another' };
      assert.equal(await runIn(folder, process.execPath, ['train.mjs'], environment), expected);
      const printed = await without(() => runIn(folder, process.execPath, ['refused.cjs'], environment));
      assert.doesNotMatch(printed, /another/);
      assert.ok(printed.startsWith(`LBFGSError ERR_LBFGS_NATIVE Expected a native addon for ${platform}-${arch}`));
    });
  }

  it('says that PREBUILDS_ONLY leaves build/Release out, and claims nothing about that', async () => {
    const environment = { PREBUILDS_ONLY: '1' };
    const printed = await without(() => runIn(folder, process.execPath, ['refused.cjs'], environment));
    assert.match(
      printed,
      / received none: none that fits in prebuilds\/\S+, of .* build; then unset .* PREBUILDS_ONLY, /,
    );
  });

  it('finds a binary by the other names that prebuildify gives, and takes no other package’s', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    const tuple = path.join(elsewhere, 'prebuilds', `${platform}-${arch}+another`);
    fs.mkdirSync(tuple, { recursive: true });
    fs.copyFileSync(own, path.join(tuple, 'lbfgs.napi.node'));
    const environment = { LBFGS_PREBUILD: elsewhere };
    assert.equal(await runIn(folder, process.execPath, ['train.mjs'], environment), expected);
    fs.renameSync(path.join(tuple, 'lbfgs.napi.node'), path.join(tuple, 'other.napi.node'));
    const printed = await runIn(folder, process.execPath, ['refused.cjs'], environment);
    assert.ok(printed.includes(`of ${elsewhere}. `), printed);
  });

  describe('under the permission model', () => {
    const allow = (...files: string[]): string[] => files.map((file) => `--allow-fs-read=${path.join(folder, file)}`);
    const restricted = [RESTRICTED, '--no-warnings'];

    it('needs to read its own folder, and nothing else', async () => {
      const allowed = [...allow('train.mjs', 'node_modules/lbfgs/*'), '--allow-addons'];
      assert.equal(await nodeIn(folder, ...restricted, ...allowed, 'train.mjs'), expected);
    });

    it('says --allow-addons where that is what is missing', async () => {
      const printed = await refusal(RESTRICTED, ...allow('*'));
      assert.match(printed, /^LBFGSError ERR_LBFGS_NATIVE .*: start it with --allow-addons as well$/);
    });

    it('says which folder it may not read', async () => {
      const environment = { LBFGS_PREBUILD: path.join(ROOT, 'native') };
      const args = [...restricted, ...allow('*'), '--allow-addons', 'refused.cjs'];
      const printed = await runIn(folder, process.execPath, args, environment);
      const advice = `forbids to read ${environment.LBFGS_PREBUILD}: start it with --allow-fs-read for it as well`;
      assert.ok(printed.startsWith('LBFGSError ERR_LBFGS_NATIVE ') && printed.endsWith(advice), printed);
    });
  });

  it('says --no-addons where addons are switched off by it', async () => {
    const printed = await refusal('--no-addons');
    assert.match(
      printed,
      /^LBFGSError ERR_LBFGS_NATIVE .*\. Addons are switched off.*: start Node without --no-addons$/,
    );
  });

  it('names a page instead of a command where the command is not there, as in a bundle', async () => {
    const bin = path.join(ours, 'bin');
    fs.renameSync(bin, `${bin}.away`);
    try {
      const printed = await without(() => refusal());
      assert.match(
        printed,
        /leave lbfgs out of the bundle, or .* the condition lbfgs-\S+, as docs\/bundlers\.md has it$/,
      );
      assert.doesNotMatch(printed, /compile/);
    } finally {
      fs.renameSync(`${bin}.away`, bin);
    }
  });

  it('names its command so that a shell takes it as it is, whatever the path has in it', async () => {
    if (platform === 'win32') return;
    const odd = path.join(folder, `a;b "c" $HOME 'd' \`e\` !f`); // from a path with \\ Node itself loads no package
    installInto(odd);
    fs.rmSync(path.join(odd, 'node_modules', 'lbfgs', PREBUILD));
    fs.writeFileSync(path.join(odd, 'refused.cjs'), REFUSAL);
    const refused = await nodeIn(odd, 'refused.cjs');
    const [, command] = /C\+\+20 compiler: (node .*) build$/.exec(refused) ?? [];
    assert.ok(command !== undefined, refused);
    const printed = await runIn(folder, '/bin/sh', ['-c', `${command} --help`], {
      PATH: `${path.dirname(process.execPath)}:/bin`,
    });
    assert.match(printed, /^usage: lbfgs build/);
  });

  it('has the entry points that are looked at here', () => {
    const { exports } = JSON.parse(fs.readFileSync(path.join(ours, 'package.json'), 'utf8')) as { exports: object };
    const names = Object.keys(exports).filter((name) => name !== './package.json');
    assert.deepEqual(names.map((name) => path.posix.join('lbfgs', name)).sort(), [...ENTRIES].sort());
  });

  it('exports plain properties, which a test may replace, and names for import', async () => {
    const program = `
      for (const name of ${JSON.stringify(ENTRIES)}) {
        const required = require(name);
        const odd = Object.entries(Object.getOwnPropertyDescriptors(required))
          .filter(([key, { configurable, writable, enumerable }]) => key !== '__esModule' && !(configurable && writable && enumerable));
        import(name).then((imported) => {
          const names = Object.keys(required).filter((key) => imported[key] === required[key]);
          import(require.resolve(name)).then((direct) => {
            console.log(odd.length, required.__esModule, names.length === Object.keys(required).length, names.length === Object.keys(imported).length,
              names.every((key) => direct[key] === required[key]));
          });
        });
      }`;
    const lines = (await runIn(folder, process.execPath, ['-e', program])).split('\n');
    assert.deepEqual(lines, Array<string>(ENTRIES.length).fill('0 true true true true'));
  });

  for (const way of ['require', 'import']) {
    it(`loads by ${way} the index without the other entry points, and each of those over that one index`, async () => {
      const program = `
        const path = require('node:path');
        const loaded = () => Object.keys(require.cache).filter((file) => path.basename(path.dirname(file)) === 'dist');
        (async () => {
          for (const name of ${JSON.stringify(ENTRIES)}) {
            const before = loaded();
            await ${way}(name);
            const added = loaded().filter((file) => !before.includes(file));
            console.log(name, ...added.map((file) => path.basename(file, '.js')).sort());
          }
        })();`;
      const lines = (await runIn(folder, process.execPath, ['-e', program])).split('\n');
      const others = ENTRIES.slice(1).map((name) => `${name} ${name.slice('lbfgs/'.length)}`);
      assert.deepEqual(lines, ['lbfgs addon index', ...others]);
    });
  }
});
