// jax-js needs two names that browsers have and Node 20 and 22 lack. To be imported before it.

const globals = globalThis as { navigator?: unknown; Float16Array?: unknown };
globals.navigator ??= {};
globals.Float16Array ??= class extends Uint16Array {};
