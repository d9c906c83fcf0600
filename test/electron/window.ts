// What a user does in the example's window and sees there: the same for Chromium with a stubbed bridge and for Electron itself.

import assert from 'node:assert/strict';

/** The part of Playwright's Page that is used here; Playwright is no dependency of this package. */
export interface Page {
  click(selector: string): Promise<void>;
  isEnabled(selector: string): Promise<boolean>;
  textContent(selector: string): Promise<string | null>;
  waitForFunction<Argument>(test: (argument: Argument) => unknown, argument: Argument): Promise<unknown>;
  evaluate<Result, Argument = void>(program: (argument: Argument) => Result, argument?: Argument): Promise<Result>;
  exposeFunction(name: string, called: (argument: never) => unknown): Promise<void>;
  goto(url: string): Promise<unknown>;
  on(event: 'console' | 'pageerror', listener: (what: { text?: () => string; message?: string }) => void): unknown;
}

/** The part of a browser's own objects that the functions given to `evaluate` use; this project's types have none. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: Uint8Array } };
}
declare const document: { querySelector(selector: string): (Canvas & { textContent: string }) | null };

const STATUS = '#status';

/** Waits until the status line begins so. */
function untilStatus(page: Page, words: string): Promise<unknown> {
  return page.waitForFunction((words) => document.querySelector('#status')?.textContent.startsWith(words), words);
}

/** How many pixels of a canvas are of about this colour, red, green and blue. */
function countPixels(page: Page, canvas: string, colour: readonly number[]): Promise<number> {
  return page.evaluate(
    ({ canvas, colour: [red = 0, green = 0, blue = 0] }) => {
      const picture = document.querySelector(canvas)!;
      const { data } = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        const off = Math.abs(data[i]! - red) + Math.abs(data[i + 1]! - green) + Math.abs(data[i + 2]! - blue);
        if (data[i + 3]! > 128 && off < 60) count++;
      }
      return count;
    },
    { canvas, colour },
  );
}

const CURVE = [0xd9, 0x48, 0x0f];
const CLASSES = [[0x18, 0x64, 0xab], CURVE];

/** Both buttons' state. */
async function buttons(page: Page): Promise<{ start: boolean; cancel: boolean }> {
  return { start: await page.isEnabled('#start'), cancel: await page.isEnabled('#cancel') };
}

/** Trains to the end, watching the curve grow while it does. */
export async function trainToTheEnd(page: Page): Promise<void> {
  await untilStatus(page, 'Ready');
  assert.deepEqual(await buttons(page), { start: true, cancel: false });
  await page.click('#start');
  await page.waitForFunction(() => /^Iteration \d\d/.test(document.querySelector('#status')!.textContent), undefined);
  assert.deepEqual(await buttons(page), { start: false, cancel: true });
  assert.ok((await countPixels(page, '#loss', CURVE)) > 10, 'the curve is there while training goes on');
  for (const colour of CLASSES) assert.ok((await countPixels(page, '#plane', colour)) > 500, 'and so are the points');

  await page.waitForFunction(
    () => !/^(Ready|Iteration|Training)/.test(document.querySelector('#status')!.textContent),
    undefined,
  );
  const [, loss, iterations] = /loss (\S+) after (\d+) iterations$/.exec((await page.textContent(STATUS)) ?? '') ?? [];
  assert.ok(Number(loss) < 0.02 && Number(iterations) > 100, (await page.textContent(STATUS)) ?? '');
  assert.ok((await countPixels(page, '#loss', CURVE)) > 500, 'the curve goes across the picture');
  assert.deepEqual(await buttons(page), { start: true, cancel: false });
}

/** Starts again and cancels in the midst of it. */
export async function cancelInTheMiddle(page: Page): Promise<void> {
  await page.click('#start');
  await untilStatus(page, 'Iteration');
  await page.click('#cancel');
  await untilStatus(page, 'Stopped');
  assert.deepEqual(await buttons(page), { start: true, cancel: false });
}
