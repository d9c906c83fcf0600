// Debian's Chromium without a window, driven by Playwright, which `npm run side-tools -- electron` installs.

import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const CHROMIUM = 'chromium';

/** The part of Playwright's Browser that is used here; Playwright is no dependency of this package. */
export interface Browser<Page> {
  newPage(options?: object): Promise<Page>;
  close(): Promise<void>;
}

/** The full path of a command, or undefined. */
function which(command: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, command)).find((file) => fs.existsSync(file));
}

/** Whether there is no Chromium, after saying what is left out. CI installs it. */
export function lacksChromium(what: string): boolean {
  if (which(CHROMIUM) !== undefined || process.env['CI']) return false;
  console.log(`left out: ${what} (${CHROMIUM}; Debian: apt-get install chromium)`);
  return true;
}

/** Starts Chromium with the driver of these tools (build-tools/electron). */
export async function launchChromium<Page>(tools: string): Promise<Browser<Page>> {
  const executablePath = which(CHROMIUM);
  assert.ok(executablePath !== undefined, CHROMIUM);
  assert.equal(spawnSync(executablePath, ['--version']).status, 0);
  const { chromium } = createRequire(__filename)(path.join(tools, 'node_modules', 'playwright-core')) as {
    chromium: { launch(options: object): Promise<Browser<Page>> };
  };
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet] });
}
