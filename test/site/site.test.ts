// The built site as a reader sees it, in headless Chromium.

import assert from 'node:assert/strict';
import { minimize } from 'lbfgs';
import { NEAR } from '../../docs/.vitepress/demo/descents';
import { startOf, STARTS, surfaces, type Gradient, type Point } from '../../docs/.vitepress/demo/surfaces';
import { sideTools } from '../consumers/consumer';
import { lacksChromium, launchChromium, type Browser } from '../electron/chromium';
import { faintTexts, overflow, pathPixels, type Page } from './page';
import { builtPages, lacksSite, serve, type Served } from './served';

const METHODS = ['lbfgs', 'adam', 'descent'];

/** The evaluations of `minimize` until the value is near the minimum. */
function evaluationsOfPackage(name: string, column: number, row: number): number | undefined {
  const surface = surfaces.find((each) => each.name === name)!;
  let arrived: number | undefined;
  minimize(
    (x, gradient) => surface.evaluate(x as unknown as Point, gradient as unknown as Gradient),
    startOf(surface, column, row),
    {
      onIteration({ loss, evaluations }) {
        if (loss <= NEAR) arrived ??= evaluations;
      },
    },
  );
  return arrived;
}

describe('the site in Chromium', () => {
  const what = 'the site in Chromium';
  const tools = process.platform === 'linux' ? sideTools('electron', what) : undefined;
  if (tools === undefined || lacksSite(what) || lacksChromium(what)) return;

  let served: Served;
  let browser: Browser<Page>;
  let page: Page;
  const complaints: string[] = [];
  const open = (name: string): Promise<unknown> => page.goto(`${served.origin}/${name}`);

  before(async () => {
    served = await serve();
    browser = await launchChromium<Page>(tools);
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript('globalThis.__name = (named) => named'); // what tsx writes into functions
    page.on('console', (message) => {
      const isOfTest = message.text().startsWith('Canvas2D: Multiple readback'); // of looking at pixels
      if (['error', 'warning'].includes(message.type()) && !isOfTest) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(served.origin)) complaints.push(`asks for ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
    });
  });
  after(async () => {
    await browser.close();
    await served.close();
  });

  it('leads from the home page to the guide, the figures and the API by topic', async () => {
    await open('');
    await page.click('.VPHero .action:first-child a');
    await page.waitForURL(/\/curve-fit\.html$/);
    await page.waitForFunction(() => document.querySelector('h1')?.textContent.startsWith('Curve fits'), null);
    await page.click('.VPSidebar a[href$="/performance.html"]');
    await page.waitForURL(/\/performance\.html$/);
    await page.click('.VPNavBarMenu a[href$="/api/"]');
    await page.waitForURL(/\/api\/$/);
    await page.waitForFunction(() => document.querySelector('.VPSidebar')?.textContent.includes('Fit a curve'), null);
    await page.click('.VPSidebarItem:has-text("Fit a curve") .caret');
    await page.click('.VPSidebar a[href$="/api/lbfgs/functions/curveFit.html"]');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent.includes('curveFit'), null);
  });

  it('finds "bounds" by its search', async () => {
    await open('');
    await page.keyboard.press('Control+k');
    await page.waitForSelector('#localsearch-input');
    await page.fill('#localsearch-input', 'bounds');
    await page.waitForSelector('#localsearch-list a[href*="/minimize.html#bounds"]');
    await page.click('#localsearch-list a[href*="/minimize.html#bounds"]');
    await page.waitForURL(/\/minimize\.html#bounds$/);
  });

  it('has text of a contrast of at least 4.5 in both themes', async () => {
    const faint: Record<string, string[]> = {};
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme as 'light' | 'dark' });
      for (const name of [
        '',
        'minimize.html',
        'performance.html',
        'see-it-work.html',
        'api/lbfgs/classes/LBFGS.html',
      ]) {
        await open(name);
        const dark = await page.evaluate(() => document.documentElement.classList.contains('dark'));
        assert.equal(dark, theme === 'dark');
        const found = await page.evaluate(faintTexts);
        if (found.length > 0) faint[`${theme} /${name}`] = found;
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    assert.deepEqual(faint, {});
  });

  it('can be read at 360 px without moving it sideways', async () => {
    // Without the programs of the pages, which place nothing: that is several times faster.
    const narrow = await browser.newPage({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
    const [someOfApi, others] = [
      /^api\/(index|lbfgs\/(index|functions\/minimize|classes\/LBFGS))\.html$/,
      /^(404\.html|(api|source)\/)/,
    ];
    const wide: Record<string, string[]> = {};
    for (const name of builtPages().filter((each) => someOfApi.test(each) || !others.test(each))) {
      await narrow.goto(`${served.origin}/${name}`);
      const found = await narrow.evaluate(overflow);
      if (found.length > 0) wide[name] = found;
    }
    assert.deepEqual(wide, {});
  });

  it('runs a race from a start of the first surface when it has been loaded, unless the reader wants no motion', async () => {
    await open('see-it-work.html');
    await page.waitForFunction(() => document.querySelector('.lbfgs .outcome')?.textContent === 'arrived', null);
    for (const method of METHODS) assert.ok((await page.evaluate(pathPixels, method)) > 200, method);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open('see-it-work.html');
    await page.waitForSelector('[data-run=any]:not([disabled])');
    assert.equal(await page.textContent('.lbfgs .outcome'), 'waits for a start');
    await page.emulateMedia({ reducedMotion: null });
  });

  it('shows the three pictures on one screen of 360 px, with starts that a finger meets', async () => {
    const narrow = await browser.newPage({ viewport: { width: 360, height: 740 } });
    await narrow.addInitScript('globalThis.__name = (named) => named');
    await narrow.goto(`${served.origin}/see-it-work.html`);
    await narrow.waitForSelector('.starts button');
    assert.deepEqual(await narrow.evaluate(overflow), []);
    const { height, start, tops } = await narrow.evaluate(() => {
      const boxOf = (selector: string): DOMRect => document.querySelector(selector)!.getBoundingClientRect();
      const { width } = boxOf('.starts button');
      const tops = ['.adam canvas', '.descent canvas'].map((each) => boxOf(each).top);
      return { height: boxOf('.methods').height, start: width, tops };
    });
    assert.ok(height < 600, `${height} px high`);
    assert.ok(start >= 24, `${start} px wide`); // WCAG 2.2, target size
    assert.equal(tops[0], tops[1]);
  });

  it('draws the three paths after a click, and counts to what the package needs', async () => {
    await open('see-it-work.html');
    await page.click('[data-surface=himmelblau]');
    await page.waitForSelector('[data-surface=himmelblau][aria-pressed=true]');
    await page.waitForSelector('[data-run=any]:not([disabled])');
    for (const method of METHODS) assert.ok((await page.evaluate(pathPixels, method)) < 20, method);
    await page.click('[data-start="23"]'); // the fourth row from below, the third column
    await page.waitForFunction(() => document.querySelector('.lbfgs .outcome')?.textContent === 'arrived', null);
    for (const method of METHODS) assert.ok((await page.evaluate(pathPixels, method)) > 200, method);
    const count = evaluationsOfPackage('himmelblau', 23 % STARTS, Math.floor(23 / STARTS));
    assert.equal(await page.textContent('[data-count=lbfgs]'), `${count} evaluations`);
    await page.waitForFunction(() => document.querySelector('.summary')?.textContent !== '', null);
    const summary = (await page.textContent('.summary')) ?? '';
    assert.match(summary, new RegExp(`^L-BFGS arrived after ${count} evaluations, Adam .*, Gradient descent .*\\.$`));
  });

  it('is worked by the keyboard, and does not move for readers who want no motion', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.focus('[data-surface=quadratic]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-surface=quadratic][aria-pressed=true]');
    await page.waitForSelector('[data-run=any]:not([disabled])');
    await page.focus('.starts button[tabindex="0"]');
    const focused = (): Promise<number> =>
      page.evaluate(() => Number((document.activeElement as HTMLElement).dataset['start']));
    const before = await focused();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    const after = await focused();
    assert.equal(after, before + STARTS + 1);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.summary')?.textContent !== '', null);
    const count = evaluationsOfPackage('quadratic', after % STARTS, Math.floor(after / STARTS));
    assert.match((await page.textContent('.summary')) ?? '', new RegExp(`^L-BFGS arrived after ${count} evaluations`));
    await page.emulateMedia({ reducedMotion: null });
  });

  it('says which method has diverged', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.click('[data-surface=beale]');
    await page.waitForSelector('[data-surface=beale][aria-pressed=true]');
    await page.waitForSelector('[data-run=any]:not([disabled])');
    await page.click('[data-start="0"]');
    await page.waitForFunction(() => document.querySelector('.summary')?.textContent !== '', null);
    assert.equal(await page.textContent('.descent .outcome'), 'diverged');
    assert.match((await page.textContent('.summary')) ?? '', /, Gradient descent diverged after 4 evaluations\.$/);
    await page.emulateMedia({ reducedMotion: null });
  });

  it('had nothing to complain of, and asked for nothing from elsewhere', () => {
    assert.deepEqual(complaints, []);
  });
});
