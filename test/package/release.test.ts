// What a release is made of, as far as it can be looked at without making one.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { targets } from '../../scripts/prebuild/targets.mjs';
import { sideTool } from '../../scripts/prebuild/emulate.mjs';
import { leftOut, newFolder, outputOf, ROOT, run } from './place';

const FOLDER = path.join(ROOT, '.github', 'workflows');
const WORKFLOW = fs.readFileSync(path.join(FOLDER, 'release.yml'), 'utf8');
/** A workflow's jobs: their text, which is indented by two, by name. */
const jobsOf = (workflow: string): [name: string, text: string][] =>
  Array.from(
    workflow.slice(workflow.indexOf('\njobs:\n') + 7).matchAll(/^ {2}([\w-]+):\n((?: {3}.*\n|\n)+)/gm),
    (job) => [job[1]!, job[2]!],
  );
/** A job's steps, each from its dash on. */
const stepsOf = (job: string): string[] =>
  job
    .slice(job.indexOf('\n    steps:\n'))
    .split(/^ {6}- /m)
    .slice(1);

/** The npm scripts of the example that the workflow of Electron packages. */
const OF_THE_EXAMPLE = (
  JSON.parse(fs.readFileSync(path.join(ROOT, 'examples', 'electron', 'package.json'), 'utf8')) as { scripts: object }
).scripts;

for (const file of fs.readdirSync(FOLDER)) {
  const text = fs.readFileSync(path.join(FOLDER, file), 'utf8');
  describe(`.github/workflows/${file}`, () => {
    it('takes each action by its commit, and says which release that is', () => {
      const actions = Array.from(text.matchAll(/uses: *(.*)/g), ([, action]) => action!);
      assert.ok(actions.length > 0);
      for (const action of actions) assert.match(action, /^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const commits = new Map<string, string>();
      for (const action of actions) {
        const [name = '', commit = ''] = action.split('@');
        assert.equal(commits.get(name) ?? commit, commit, name);
        commits.set(name, commit);
      }
    });

    it('gives a job no rights but those that it names', () => {
      assert.match(text, /^permissions: \{\}$/m);
      const jobs = jobsOf(text);
      assert.ok(jobs.length > 0);
      for (const [name, job] of jobs) {
        assert.match(job, /^ {4}permissions:/m, name);
        if (!/^publish|^github-release/.test(name)) assert.doesNotMatch(job, /: write/, name);
      }
    });

    it('calls scripts of npm and files that exist', () => {
      const manifest = fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8');
      const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
      const run = Array.from(text.matchAll(/\bnpm run ([\w:-]+)/g), ([, name]) => name!);
      const files = Array.from(
        text.matchAll(/\b(?:node|bash|cp|npm test --) ([\w.-]+\/[\w./-]+)/g),
        ([, file]) => file!,
      );
      assert.ok(run.length + files.length > 0);
      assert.deepEqual(
        run.filter((name) => !(name in scripts) && !(name in OF_THE_EXAMPLE)),
        [],
      );
      assert.deepEqual(
        files.filter((file) => !fs.existsSync(path.join(ROOT, file))),
        [],
      );
    });

    it('leaves no token of the repository behind in its checkouts', () => {
      const checkouts = jobsOf(text)
        .flatMap(([, job]) => stepsOf(job))
        .filter((step) => step.includes('actions/checkout@'));
      for (const step of checkouts) assert.match(step, /persist-credentials: false/);
    });
  });
}

describe('the release workflow', () => {
  it('builds each target once', () => {
    const lists = WORKFLOW.matchAll(/npm run prebuild -- (?!\$)(.+)$|targets: ([\w -]+) \}/gm);
    const built = Array.from(lists, ([, here, there]) => (here ?? there ?? '').split(' ')).flat();
    assert.deepEqual(built.sort(), targets.map(({ name }) => name).sort());
  });

  it('runs no script of a dependency', () => {
    const commands = Array.from(WORKFLOW.matchAll(/npm (?:ci|install|publish|pack)\b.*/g), ([command]) => command);
    assert.ok(commands.length >= 6);
    for (const command of commands) assert.match(command, /--ignore-scripts/);
  });

  it('writes to npm in one job and to the repository in another', () => {
    const rights = jobsOf(WORKFLOW).map(([name, job]) => [name, ...(job.match(/[\w-]+: write/g) ?? [])]);
    const writing = rights.filter(([, ...writes]) => writes.length > 0);
    assert.deepEqual(writing, [
      ['publish', 'id-token: write', 'attestations: write'],
      ['github-release', 'contents: write'],
    ]);
  });

  it('checks all of them before it packs, and tries the package before it publishes', () => {
    const order = ['prebuild:check -- --all', 'npm pack', 'node smoke.mjs', 'sha256sum --check', 'npm publish'];
    const places = order.map((command) => WORKFLOW.indexOf(command));
    assert.ok(places.every((place) => place > 0));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.match(WORKFLOW, /^ {2}try:\n {4}needs: package$/m);
    assert.match(WORKFLOW, /^ {2}publish:\n {4}needs: \[try, try-alpine\]\n {4}if: github\.ref_type == 'tag'$/m);
    assert.match(WORKFLOW, /npm publish \S+ --provenance /);
  });
});

describe('the version', () => {
  it('is the same wherever it is written, and the newest of CHANGELOG.md', () => {
    const read = (...parts: string[]): string => fs.readFileSync(path.join(ROOT, ...parts), 'utf8');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const lock = JSON.parse(read('package-lock.json')) as { version: string; packages: { '': { version: string } } };
    assert.deepEqual([lock.version, lock.packages[''].version], [version, version]);
    assert.equal(/^project\(lbfgs VERSION (\S+)/m.exec(read('CMakeLists.txt'))?.[1], version);
    assert.equal(/"file:lbfgs-(.+)\.tgz"/.exec(read('examples', 'electron', 'package.json'))?.[1], version);
    assert.equal(/^## (\d\S*)/m.exec(read('CHANGELOG.md'))?.[1], version);
  });
});

describe('npm run build', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: npm run build (${reason})`);
    return;
  }

  it('does not make the prebuilt addons first, though npm would run prebuild before it', async () => {
    const folder = newFolder();
    const prebuild = `"${process.execPath}" "${path.join(ROOT, 'scripts', 'prebuild', 'main.mjs')}" no-such-target`;
    const scripts = { build: 'echo built', prebuild };
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, scripts }));
    const npm = [process.execPath, sideTool('npm11', 'bin', 'npm-cli.js'), 'run'];
    assert.match(await outputOf([...npm, 'build'], { cwd: folder }), /\nbuilt$/);
    const { status, stderr } = await run([...npm, 'prebuild'], { cwd: folder });
    assert.equal(status, 1);
    assert.match(stderr, /Expected one of linux-x64-glibc, .* for a target but received no-such-target/);
  });
});

describe('the bill of materials', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the bill of materials (${reason})`);
    return;
  }

  it('names what npm does not know of: Eigen with the sum of its source, and the headers', async () => {
    const bill = JSON.parse(await outputOf([process.execPath, 'scripts/sbom.mjs'], { cwd: ROOT })) as {
      metadata: { component: { name: string } };
      components: { name: string; version: string; purl: string; hashes?: { content: string }[] }[];
    };
    assert.equal(bill.metadata.component.name, 'lbfgs');
    assert.deepEqual(bill.components.map(({ name }) => name).sort(), [
      'eigen',
      'node-addon-api',
      'node-api-headers',
      'node-gyp-build',
    ]);
    const eigen = bill.components.find(({ name }) => name === 'eigen');
    assert.equal(eigen?.version, '3.4.0');
    const notices = fs.readFileSync(path.join(ROOT, 'THIRD-PARTY-NOTICES.md'), 'utf8');
    assert.match(notices, /^## Eigen 3\.4\.0$/m);
    // One of the two that scripts/fetch-eigen.mjs pins.
    const script = fs.readFileSync(path.join(ROOT, 'scripts', 'fetch-eigen.mjs'), 'utf8');
    assert.ok(script.includes(`'${eigen.hashes?.[0]?.content}'`));
  });
});
