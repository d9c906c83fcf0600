// An npm registry on loopback that knows this package and the one it depends on.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pack, packedPackage, ROOT } from './place';

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

/** What a registry says of a package of one version. */
function packument(manifest: Manifest, tarball: Buffer, url: string): string {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dist = { tarball: `${url}/${name}-${version}.tgz`, integrity };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } });
}

export async function startRegistry(): Promise<Registry> {
  const dependency = path.join(ROOT, 'node_modules', 'node-gyp-build');
  const packages = [
    { manifest: manifestOf(ROOT), tarball: fs.readFileSync(await packedPackage()) },
    { manifest: manifestOf(dependency), tarball: fs.readFileSync(await pack(dependency)) },
  ];
  const server = createServer(({ url: path = '', headers: { host } }, response) => {
    for (const { manifest, tarball } of packages) {
      if (path === `/${manifest.name}`) return response.end(packument(manifest, tarball, `http://${host}`));
      if (path === `/${manifest.name}-${manifest.version}.tgz`) return response.end(tarball);
    }
    return response.writeHead(404).end();
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
