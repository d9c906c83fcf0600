// The built site, build-docs/, served on this machine.

import * as fs from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ROOT } from '../docs/blocks';

export const SITE = path.join(ROOT, 'build-docs');

/** Whether the site has not been built, after saying what is left out. CI builds it before the tests. */
export function lacksSite(what: string): boolean {
  if (fs.existsSync(path.join(SITE, 'see-it-work.html')) || process.env['CI']) return false;
  console.log(`left out: ${what} (npm run docs)`);
  return true;
}

/** The pages of the site: paths below its root, with /. */
export const builtPages = (): string[] =>
  fs
    .readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.split(path.sep).join('/'));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export interface Served {
  readonly origin: string;
  close(): Promise<void>;
}

export async function serve(): Promise<Served> {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const file = path.join(SITE, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    if (!fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
