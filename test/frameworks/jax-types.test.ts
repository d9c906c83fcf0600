// A user's program, compiled in strict mode against the types of the real jax-js.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { nodeIn, ROOT } from '../consumers/consumer';
import { frameworks, withFrameworks } from './framework';

const PROGRAM = `
import * as jax from '@jax-js/jax';
import { minimize, minimizeAsync, type JaxOptions, type JaxResult } from 'lbfgs/jax';

const { numpy: np } = jax;
interface Params { w: jax.Array; layers: { b: jax.Array }[] }
const loss = ({ w, layers: [first] }: Params): jax.Array => np.square(w).add(first!.b).sum();
const start = (): Params => ({ w: np.zeros([2]), layers: [{ b: np.ones([2]) }] });
const options: JaxOptions = { maxIter: 5, jit: false, onIteration: ({ loss }, x) => loss > x.length };
const result: JaxResult<Params> = minimize(jax, loss, start(), options);
export const w: jax.Array = result.params.layers[0]!.b;
export const later: Promise<number> = minimizeAsync(jax, loss, start()).then(({ evaluations }) => evaluations);
export const alone: jax.Array = minimize(jax, (x: jax.Array) => x.sum(), np.zeros([3])).params;
// @ts-expect-error: an unknown option
minimize(jax, loss, start(), { learningRate: 1 });
// @ts-expect-error: other parameters than those of the function
minimize(jax, loss, { w: np.zeros([2]) });
// @ts-expect-error: a number and not an array
minimize(jax, () => 1, start());
// @ts-expect-error: no module of jax-js
minimize(np, loss, start());
// @ts-expect-error: there are types, not any
export const wrong: string = result.params;
`;

describe('the types of lbfgs/jax', () => {
  const folder = frameworks('the types of lbfgs/jax');
  if (folder === undefined) return;

  for (const [file, module] of [
    ['program.mts', 'nodenext'],
    ['program.cts', 'nodenext'],
  ] as const) {
    it(`fit jax-js's in ${file}`, () =>
      withFrameworks(folder, async (place) => {
        const lib = ['es2022', 'esnext.disposable', 'dom'];
        const compilerOptions = {
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          target: 'es2022',
          lib,
          types: [],
          module,
        };
        fs.writeFileSync(path.join(place, file), PROGRAM);
        fs.writeFileSync(path.join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
        assert.equal(await nodeIn(place, path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')), '');
      }));
  }
});
