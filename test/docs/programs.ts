import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './blocks';

/** Runs the body with a new folder inside the package, where `import … from 'lbfgs'` means this package; git ignores it. */
export async function withFolder<Result>(body: (folder: string) => Result | Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(ROOT, 'build-docs-run-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function outputOf(command: string, args: string[], source: string, env = process.env): Promise<string> {
  return withFolder(async (folder) => {
    writeFileSync(join(folder, args.at(-1)!), source);
    const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env });
    return stdout;
  });
}

/** What a TypeScript or JavaScript module prints, run in a folder of its own; rejects where it exits with anything but 0. */
export function outputOfModule(name: string, source: string): Promise<string> {
  return outputOf(process.execPath, ['--import', 'tsx', name], source);
}

/** The same for Debian's Python, without the sanitizer that may be preloaded for the addon. */
export function outputOfPython(name: string, source: string): Promise<string> {
  return outputOf('/usr/bin/python3', [name], source, { ...process.env, LD_PRELOAD: '' });
}
