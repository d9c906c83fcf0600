// The prebuilt addons of other platforms: loaded there, as far as this machine can be another one, by a program that uses all of them.

import assert from 'node:assert/strict';
import { emulators } from '../../scripts/prebuild/emulate.mjs';
import { expectedSmoke, installed, leftOut, smokeIn } from './place';

describe('the prebuilt addon', () => {
  const reason = leftOut();
  if (reason !== null) {
    console.log(`left out: the prebuilt addons (${reason})`);
    return;
  }

  const outcomes = new Map<string, PromiseSettledResult<string>>();
  before('side by side', async () => {
    const folder = await installed();
    const names = Object.keys(emulators);
    const settled = await Promise.allSettled(
      names.map((name) => {
        const { command, env } = emulators[name]!.emulator;
        return smokeIn(folder, command, env);
      }),
    );
    for (const [index, name] of names.entries()) outcomes.set(name, settled[index]!);
  });

  it('of this platform gives the numbers of the ordinary build', async () => {
    const printed = await smokeIn(await installed());
    assert.equal(printed, await expectedSmoke());
    const { sameClass, sameInWorker, threads } = JSON.parse(printed) as Record<string, unknown>;
    assert.deepEqual([sameClass, sameInWorker], [true, true]);
    assert.match(String(threads), /^[0-9a-f]{16}$/);
  });

  for (const name of Object.keys(emulators)) {
    it(`gives the same bits to ${name}`, async () => {
      const outcome = outcomes.get(name)!;
      if (outcome.status === 'rejected') throw outcome.reason;
      assert.equal(outcome.value, await expectedSmoke());
    });
  }
});
