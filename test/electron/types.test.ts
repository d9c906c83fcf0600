import assert from 'node:assert/strict';
import path from 'node:path';
import { nodeIn, ROOT, sideTools } from '../consumers/consumer';

describe("examples/electron's types", () => {
  if (sideTools('electron', "Electron's types") === undefined) return;
  if (sideTools('frameworks', "Electron's types: the example uses ONNX Runtime's as well") === undefined) return;

  it('agree with those of Electron, of ONNX Runtime and of this package', async () => {
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    assert.equal(await nodeIn(ROOT, tsc, '--noEmit', '-p', path.join('examples', 'electron')), '');
  });
});
