// Fills native/vendor/node-api with what the package's own build (bin/lbfgs.mjs) compiles against: the headers of
// Node-API and of its C++ wrapper, the list of Node's functions for Windows, and their licences. They come from
// node_modules, so the lockfile pins their versions.

import * as fs from 'node:fs';
import path from 'node:path';
import { root, tool } from './run.mjs';

const FILES = {
  'node-api-headers': [
    ...['js_native_api.h', 'js_native_api_types.h', 'node_api.h', 'node_api_types.h'].map((name) => `include/${name}`),
    ...['def/js_native_api.def', 'def/node_api.def', 'LICENSE'],
  ],
  'node-addon-api': ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'],
};

const target = path.join(root, 'native', 'vendor', 'node-api');
for (const [name, files] of Object.entries(FILES)) {
  for (const file of files) {
    // Licences get the name of their package, and all headers go into one folder.
    const place = file.startsWith('LICENSE')
      ? `LICENSE-${name}`
      : file.endsWith('.h')
        ? `include/${path.basename(file)}`
        : file;
    const to = path.join(target, place);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(tool(name, file), to);
  }
}
