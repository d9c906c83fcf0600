// With a real Electron, which neither npm nor Debian has: .github/workflows/electron.yml sets LBFGS_ELECTRON to the executable that
// examples/electron's `npm run package` made.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { sideTools } from '../consumers/consumer';
import { cancelInTheMiddle, trainToTheEnd, type Page } from './window';

interface App {
  firstWindow(): Promise<Page>;
  evaluate<Result>(program: (electron: { app: { isPackaged: boolean } }) => Result): Promise<Result>;
  close(): Promise<void>;
}
interface Playwright {
  _electron: { launch(options: object): Promise<App> };
}

describe('examples/electron under Electron', () => {
  const executablePath = process.env['LBFGS_ELECTRON'];
  if (!executablePath) {
    console.log('left out: a real Electron (LBFGS_ELECTRON: the packaged executable; .github/workflows/electron.yml)');
    return;
  }
  const tools = sideTools('electron', 'a real Electron');
  if (tools === undefined) return;

  const networks = { 'the network that is written by hand': [], 'the network that PyTorch has exported': ['--onnx'] };
  for (const [network, args] of Object.entries(networks)) {
    describe(network, () => {
      let app: App;
      let page: Page;
      before(async () => {
        const { _electron: driver } = createRequire(__filename)(
          path.join(tools, 'node_modules', 'playwright-core'),
        ) as Playwright;
        app = await driver.launch({ executablePath, args });
        page = await app.firstWindow();
      });
      after(() => app.close());

      it('is in the packaged app', async () => {
        assert.ok(await app.evaluate(({ app }) => app.isPackaged));
      });

      it('trains to the end, the curve and the plane drawn as it goes on', async () => {
        await trainToTheEnd(page);
      });

      it('cancels in the middle of a training', async () => {
        await cancelInTheMiddle(page);
      });
    });
  }
});
