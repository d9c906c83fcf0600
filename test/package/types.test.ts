// The types of the packed package, as TypeScript finds them in a project: checked in full, in each way of resolving.

import fs from 'node:fs';
import path from 'node:path';
import { installed, leftOut, outputOf, ROOT } from './place';

const PROGRAM = `
import { LBFGS, LBFGSError, Parameter, checkGradient, minimize, type LBFGSOptions, type FloatArray } from 'lbfgs';
import { decodeCheckpoint, encodeCheckpoint } from 'lbfgs/safetensors';
const options: LBFGSOptions = { lineSearchFn: 'strong_wolfe', historySize: 5 };
const weights = new Parameter([1, 2, 3]);
const optimizer = new LBFGS([weights], options);
const loss: number = optimizer.step(() => 1);
const promised: Promise<number> = optimizer.stepAsync(() => Promise.resolve(1));
const data: FloatArray = weights.data;
const bytes: Uint8Array = encodeCheckpoint({ state: optimizer.stateDict(), parameters: { weights } });
// @ts-expect-error: there are types, not any
const wrong: string = optimizer.step(() => 1);
export const all = [loss, promised, data, bytes, wrong, decodeCheckpoint, LBFGSError, checkGradient, minimize];
`;

const RESOLUTIONS: Readonly<Record<string, { file: string; options: Readonly<Record<string, string | string[]>> }>> = {
  'an ES module of Node': { file: 'a.mts', options: { module: 'nodenext', types: ['node'] } },
  'a CommonJS module of Node': { file: 'a.cts', options: { module: 'nodenext', types: ['node'] } },
  'a bundler': {
    file: 'a.ts',
    options: { module: 'esnext', moduleResolution: 'bundler', types: [], lib: ['es2022', 'esnext.disposable', 'dom'] },
  },
};

describe('the types of the packed package', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the types of the packed package (${reason})`);
    return;
  }

  for (const [name, { file, options }] of Object.entries(RESOLUTIONS)) {
    it(`fit ${name}`, async () => {
      const folder = await installed();
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable'],
        ...options,
      };
      fs.symlinkSync(path.join(ROOT, 'node_modules', '@types'), path.join(folder, 'node_modules', '@types'));
      fs.writeFileSync(path.join(folder, file), PROGRAM);
      fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
      await outputOf([process.execPath, path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')], { cwd: folder });
    });
  }
});
