// clang-tidy on the C++ files that the addon of this platform is compiled from, with the commands that compile them
// (build/compile_commands.json). .clang-tidy lists the checks.

import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isThere, outputOf, root } from './run.mjs';

const program = ['clang-tidy-14', 'clang-tidy'].find(isThere);
const commands = path.join(root, 'build', 'compile_commands.json');

/** Prints each finding once, or why there was no check: true if all files are fine, undefined where nothing was checked.
 * @returns {Promise<boolean | undefined>} */
export async function clangTidy() {
  if (program === undefined || !fs.existsSync(commands)) {
    const reason = program === undefined ? 'not installed' : 'build/compile_commands.json is missing';
    console.log(`clang-tidy: ${reason}, so the C++ sources were not analysed`);
    return undefined;
  }
  /** @type {{ file: string }[]} */
  const compiled = JSON.parse(fs.readFileSync(commands, 'utf8'));
  // A file that is compiled more than once, as the kernels are, is analysed with each of its commands.
  const left = [...new Set(compiled.map(({ file }) => file))];
  let fine = true;
  /** @type {Set<string>} */
  const findings = new Set();
  const analyse = async () => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      // GCC's commands name warnings that clang does not know.
      const options = ['--quiet', '-p', path.dirname(commands), '--extra-arg=-Wno-unknown-warning-option'];
      const { succeeded, output } = await outputOf(program, [...options, file]);
      if (succeeded) continue;
      fine = false;
      // A finding in a header comes with every file that includes the header. The number of warnings counts those in
      // system headers too.
      const text = output.replace(/^\d+ warnings? generated\.\n/gm, '');
      for (const finding of text.split(/^(?=\S+:\d+:\d+: error: )/m)) findings.add(finding.trim());
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, analyse));
  for (const finding of findings) console.error(finding);
  return fine;
}
