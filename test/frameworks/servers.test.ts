// The programs of docs/recipes.md that speak HTTP.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { blocksOf } from '../docs/blocks';
import { outputOfModule, withFolder } from '../docs/programs';
import { frameworks, withFrameworks } from './framework';

const programs = blocksOf('docs/recipes.md', 'js');
function program(name: string): string {
  const found = programs.find((text) => text.startsWith(`// ${name}`));
  assert.ok(found !== undefined, name);
  return found;
}

/** Runs the body beside a server of the page, which prints its address first; the lines are what it prints then. */
async function beside(
  folder: string,
  name: string,
  body: (url: string, lines: AsyncIterator<string>) => Promise<void>,
): Promise<void> {
  const file = path.join(folder, name);
  writeFileSync(file, program(name));
  const server = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    assert.ok(first.done !== true && first.value.startsWith('http:'));
    await body(first.value, lines);
  } finally {
    if (server.exitCode === null && server.kill()) await once(server, 'exit');
  }
}

describe('docs/recipes.md', () => {
  it('trains with a gradient service behind HTTP', async () => {
    const source = program('train.mjs');
    const shown = /^\/\/ ([^\n]*)\n$/m.exec(source.slice(source.indexOf('console.log')))?.[1];
    await withFolder((folder) =>
      beside(folder, 'service.mjs', async (url) => {
        const withUrl = source.replace('process.argv.slice(2)', JSON.stringify([url]));
        assert.equal((await outputOfModule('train.mjs', withUrl)).trim(), shown);
      }),
    );
  });
});

describe('docs/recipes.md on a server', () => {
  const modules = frameworks('the server of docs/recipes.md');
  if (modules === undefined) return;
  const besideServer = (body: Parameters<typeof beside>[2]): Promise<void> =>
    withFrameworks(modules, (folder) => beside(folder, 'server.mjs', body));

  const request = (url: string): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => http.get(`${url}/train`, resolve).on('error', reject));

  it('sends progress as server-sent events, and the end', async () => {
    await besideServer(async (url) => {
      const response = await request(url);
      assert.equal(response.headers['content-type'], 'text/event-stream');
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += String(part);
      const events = text
        .trim()
        .split('\n\n')
        .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event)!.slice(1) as [string, string]);
      const end = JSON.parse(events.at(-1)![1]) as { status: string; loss: number };
      assert.ok(events.length > 10);
      assert.ok(events.slice(0, -1).every(([name]) => name === 'progress'));
      assert.match(end.status, /^converged/);
      assert.ok(end.loss < 1e-10 || Math.abs(end.loss - 3.98) < 0.1, String(end.loss));
    });
  });

  it('cancels the training with the request', async () => {
    await besideServer(async (url, lines) => {
      const response = await request(url);
      await once(response, 'data');
      response.destroy();
      assert.equal((await lines.next()).value, 'cancelled');
    });
  });
});
