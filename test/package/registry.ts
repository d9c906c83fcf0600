// An npm registry on loopback that knows some packages of this machine, and hands on what is asked of others.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/** A package: the folder with its manifest, and the tarball made of it. */
export interface Packed {
  readonly folder: string;
  readonly tarball: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** What a registry says of a package of one version. */
function packument(manifest: Manifest, tarball: Buffer, url: string): string {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dist = { tarball: `${url}/${name}-${version}.tgz`, integrity };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } });
}

/** Answers with what the other registry says, whose tarballs are asked for here, too. */
async function handOn(
  from: string,
  asked: string,
  url: string,
  accept: string,
  response: ServerResponse,
): Promise<void> {
  const answer = await fetch(from + asked.slice(1), { headers: { accept } });
  const type = answer.headers.get('content-type') ?? 'application/octet-stream';
  response.writeHead(answer.status, { 'content-type': type });
  if (type.includes('json')) response.end((await answer.text()).replaceAll(from, `${url}/`));
  else response.end(Buffer.from(await answer.arrayBuffer()));
}

/** @param further the address of a registry that knows the other packages; without one there are no others */
export async function startRegistry(known: readonly Packed[], further?: string): Promise<Registry> {
  const packages = known.map(({ folder, tarball }) => ({
    manifest: JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest,
    tarball: fs.readFileSync(tarball),
  }));
  const server = createServer(({ url: asked = '', headers: { host, accept = '*/*' } }, response) => {
    for (const { manifest, tarball } of packages) {
      if (asked === `/${manifest.name}`) return response.end(packument(manifest, tarball, `http://${host}`));
      if (asked === `/${manifest.name}-${manifest.version}.tgz`) return response.end(tarball);
    }
    if (further === undefined) return response.writeHead(404).end();
    void handOn(further, asked, `http://${host}`, accept, response).catch(() => response.writeHead(502).end());
    return response;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
