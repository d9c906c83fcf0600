import { framework } from './framework';

/** The module of jax-js. It names two globals that Node 20 and 22 lack: docs/jax.md has the same lines for programs. */
export function jaxJs(folder: string): unknown {
  const globals = globalThis as { navigator?: unknown; Float16Array?: unknown };
  globals.navigator ??= {};
  globals.Float16Array ??= class extends Uint16Array {};
  return framework(folder, '@jax-js/jax');
}
