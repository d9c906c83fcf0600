// Removes what builds and checks made. The fetched Eigen stays: it does not depend on our code.

import * as fs from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

for (const name of fs.readdirSync(root)) {
  if (/^(build(-.*)?|dist|coverage)$/.test(name)) fs.rmSync(path.join(root, name), { recursive: true, force: true });
}
