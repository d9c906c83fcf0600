// The example's window in headless Chromium: the real page, the real trainer out of the packaged archive; only what joins them in
// Electron (main.js, preload.js) is a stub.

import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FromTrainer, ToTrainer } from '../../examples/electron/messages';
import { makeFolder, ROOT, sideTools } from '../consumers/consumer';
import { lacksChromium, launchChromium, type Browser } from './chromium';
import { packageExample, Trainer } from './packaged';
import { cancelInTheMiddle, trainToTheEnd, type Page } from './window';

const PAGE = path.join(ROOT, 'examples', 'electron', 'page', 'index.html');

/** What the functions given to `evaluate` see in the page. */
interface Port {
  onmessage: (event: { data: unknown }) => void;
  postMessage(data: unknown): void;
  close(): void;
}
declare const window: { postMessage(data: unknown, origin: string, ports: unknown[]): void };
interface Realm {
  toTrainer(word: unknown): void;
  port: Port;
  readonly MessageChannel: new () => { port1: Port; port2: Port };
}
declare const document: { querySelector(selector: string): { textContent: string } | null };

describe("examples/electron's window", () => {
  const tools = process.platform === 'linux' ? sideTools('electron', 'the window in Chromium') : undefined;
  if (tools === undefined) return;
  if (lacksChromium("the example's window")) return;

  const folder = makeFolder();
  let browser: Browser<Page>;
  let trainer: Trainer;
  let page: Page;
  const complaints: string[] = [];
  before(async () => {
    trainer = new Trainer(await packageExample(folder, tools), tools);
    browser = await launchChromium(tools);
    page = await browser.newPage();
    page.on('console', (message) => {
      const text = message.text?.() ?? '';
      if (!text.startsWith('Canvas2D: Multiple readback')) complaints.push(text); // that is of the test's own looking
    });
    page.on('pageerror', (error) => complaints.push(error.message ?? ''));
    await page.goto(pathToFileURL(PAGE).href);
  });
  after(async () => {
    await browser.close();
    await trainer.end();
  });

  it('waits for the port, whatever else is posted to it', async () => {
    await page.evaluate(() => {
      window.postMessage('port', '*', []);
      window.postMessage('other', '*', []);
    });
    assert.equal(await page.textContent('#status'), 'Waiting for the trainer');
    assert.ok(!(await page.isEnabled('#start')));
  });

  it('trains to the end, the curve and the plane drawn as it goes on', async () => {
    // The bridge: a channel in the page, whose other end goes on through the driver to the trainer's process.
    await page.exposeFunction('toTrainer', (word: ToTrainer) => {
      trainer.say(word);
    });
    await page.evaluate(() => {
      const here = globalThis as unknown as Realm;
      const { port1, port2 } = new here.MessageChannel();
      here.port = port1;
      port1.onmessage = ({ data }) => {
        here.toTrainer(data);
      };
      window.postMessage('port', '*', [port2]);
    });
    trainer.on('message', (message) => {
      void page.evaluate((message: FromTrainer) => {
        (globalThis as unknown as Realm).port.postMessage(message);
      }, message);
    });
    await trainToTheEnd(page);
  });

  it('cancels in the middle of a training', async () => {
    await cancelInTheMiddle(page);
  });

  it('says what failed, and that the trainer has gone', async () => {
    const send = (message: FromTrainer): Promise<void> =>
      page.evaluate((message: FromTrainer) => {
        (globalThis as unknown as Realm).port.postMessage(message);
      }, message);
    await send({ kind: 'failed', message: 'Error: out of spirals' });
    await page.waitForFunction(
      (text) => document.querySelector('#status')?.textContent === text,
      'Failed: Error: out of spirals',
    );
    assert.ok(await page.isEnabled('#start'));
    await page.evaluate(() => {
      window.postMessage('gone', '*', []);
    });
    await page.waitForFunction(
      (text) => document.querySelector('#status')?.textContent === text,
      'The trainer has gone',
    );
    assert.ok(!(await page.isEnabled('#start')));
  });

  it('keeps to its content security policy, and had nothing to complain of', async () => {
    assert.deepEqual(complaints, []);
    const outcome = await page.evaluate(async () => {
      try {
        return String((await fetch('https://127.0.0.1:9/')).status);
      } catch (error) {
        return String(error);
      }
    });
    assert.match(outcome, /TypeError/);
    for (const complaint of complaints) assert.match(complaint, /Content Security Policy/);
  });
});
