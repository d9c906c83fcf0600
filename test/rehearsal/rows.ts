// The rows of a rehearsal: the pages of the documentation, and what their programs need beside the package.

import * as fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../docs/blocks';
import { checkJax, checkOnnx, checkServer, checkTfjs } from '../docs/bridge-pages';
import * as pages from '../docs/pages';
import type { Place } from '../docs/place';
import { hasTorch } from '../exchange/torch';
import { AS_ROOT, launchers } from '../mpi/launch';

export interface Row {
  readonly page: string;
  readonly check: (place: Place) => Promise<unknown>;
  /** Whether FRAMEWORKS have to be installed. */
  readonly frameworks?: boolean;
  /** Why it is left out here. */
  readonly lacks?: string | undefined;
}

/** The libraries of the pages, at the versions that the tests have (npm run side-tools -- frameworks). */
export const FRAMEWORKS = ((): string[] => {
  const file = path.join(ROOT, 'build-tools', 'frameworks', 'package.json');
  if (!fs.existsSync(file)) return [];
  const { dependencies } = JSON.parse(fs.readFileSync(file, 'utf8')) as { dependencies: Record<string, string> };
  const named = ['@jax-js/jax', 'express', 'mathjs', 'onnxruntime-node'].map((name) => `${name}@${dependencies[name]}`);
  return [`@tensorflow/tfjs@${dependencies['@tensorflow/tfjs-core']}`, ...named];
})();

const noFrameworks =
  FRAMEWORKS.length > 0 ? undefined : 'their versions are unknown (npm run side-tools -- frameworks)';
const mpi = launchers('docs/distributed.md');

const inTurn =
  (...checks: readonly ((place: Place) => Promise<unknown>)[]) =>
  async (place: Place): Promise<void> => {
    for (const check of checks) await check(place);
  };
const shown = (page: string, ...names: readonly string[]): Row['check'] =>
  inTurn(...names.map((name) => (place: Place) => pages.checkShown(place, page, name)));

export const ROWS: readonly Row[] = [
  { page: 'README.md', check: shown('README.md', 'first.mjs') },
  ...Object.entries(pages.SHOWN).map(([page, names]) => ({ page, check: shown(page, ...names) })),
  { page: 'docs/curve-fit.md', check: pages.checkCurveFit },
  { page: 'docs/from-pytorch.md', check: inTurn(pages.checkLinear, pages.checkFromPyTorch) },
  { page: 'docs/checkpoints.md', check: pages.checkCheckpoints },
  { page: 'docs/workers.md', check: pages.checkWorkers },
  { page: 'docs/observing.md', check: pages.checkObserving },
  { page: 'docs/recipes.md', check: inTurn(pages.checkService, shown('docs/recipes.md', 'tape.mjs')) },
  { page: 'docs/distributed.md', check: inTurn(pages.checkDriver, pages.checkThreads) },
  {
    page: 'docs/distributed.md, MPI',
    check: inTurn(
      ...mpi.map(({ command, args }) => (place: Place) => {
        const asRoot = { ...place, env: { ...place.env, ...AS_ROOT } };
        return pages.checkMpi(asRoot, [command, ...args, '-n', '2']);
      }),
    ),
    lacks: mpi.length > 0 ? undefined : 'there is no mpirun',
  },
  {
    page: 'docs/recipes.md, libraries',
    check: inTurn(checkServer, shown('docs/recipes.md', 'expression.mjs')),
    frameworks: true,
    lacks: noFrameworks,
  },
  { page: 'docs/tfjs.md', check: (place) => checkTfjs(place), frameworks: true, lacks: noFrameworks },
  { page: 'docs/jax.md', check: checkJax, frameworks: true, lacks: noFrameworks },
  {
    page: 'docs/onnx.md',
    check: checkOnnx,
    frameworks: true,
    lacks: noFrameworks ?? (hasTorch() ? undefined : 'there is no torch in /usr/bin/python3'),
  },
];
