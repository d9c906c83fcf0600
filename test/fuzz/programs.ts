// Programs of calls of the whole public surface, with right arguments and hostile ones.
//
// After every call: an error is the user's own or has a code, values and state are finite, the optimiser is busy or disposed of only as it
// should be. At the end of a program a step with a right closure works.

import assert from 'node:assert/strict';
import { CALLS } from './calls';
import type { Choices } from './choices';
import { fuzz } from './driver';
import { chosenPollution } from './pollution';
import { World } from './world';

/** What is known afterwards of an optimiser that may have been disposed of, or have got parameters. */
function learn({ seats }: World): void {
  for (const seat of seats) {
    seat.params = [...seat.optimizer.paramGroups[0].params];
    try {
      assert.ok(seat.optimizer.state);
    } catch (error) {
      seat.disposed = (error as { code?: unknown }).code === 'ERR_LBFGS_DISPOSED';
    }
  }
}

async function input(choices: Choices, tell: (what: string) => void): Promise<void> {
  const world = new World(choices, tell);
  for (let call = 3 + choices.below(12); call > 0; call--) {
    const seat = choices.oneOf(world.seats);
    const [name, act] = choices.kind(CALLS);
    tell(name);
    const pollution = choices.once(25) ? chosenPollution(choices, tell) : undefined;
    const restore = pollution?.();
    try {
      await world.attempt(() => act(world, seat));
    } finally {
      restore?.();
    }
    await world.settle();
    learn(world);
    for (const each of world.seats) if (each.pending === undefined) world.repair(each);
    world.check();
  }
  tell('the end');
  await world.end();
}

void fuzz(__filename, input);
