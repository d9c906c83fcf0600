// Every public member of LBFGS, called from everywhere: it works, or it is refused with a code and nothing has changed. The cells are
// the product of three lists: members (by reflection), places and kinds of parameters.

import assert from 'node:assert/strict';
import { LBFGSError } from 'lbfgs';
import { CALLS, members, TABLED, type TabledCall } from './matrix/calls';
import { PLACES, REASON, type Place } from './matrix/places';
import { KINDS, World, type Kind } from './matrix/world';

let cells = 0;

/** What a call came to. */
interface Result {
  done: number;
  error?: unknown;
}

/** One cell, and with `act` absent what happens without it. */
async function visit(place: Place, kind: Kind, act: (world: World) => unknown): Promise<[World, unknown]> {
  const world = new World(kind);
  try {
    await place.go(world, () => act(world));
  } catch (error) {
    return [world, error];
  }
  return [world, undefined];
}

/** The code that the call is to be refused with, if any. */
function expectedCodes({ needs, fault, member }: TabledCall, { optimizer }: Place): string[] {
  const codes: string[] = fault === undefined ? [] : [fault];
  if (optimizer === 'busy' && needs === 'rest') codes.push('ERR_LBFGS_BUSY');
  const again = member === String(Symbol.dispose);
  if (optimizer === 'disposed' && needs !== 'nothing' && !again) codes.push('ERR_LBFGS_DISPOSED');
  return codes;
}

function assertRefusal(error: unknown, codes: readonly string[]): void {
  assert.ok(error instanceof LBFGSError || error instanceof TypeError || error instanceof RangeError, String(error));
  assert.ok(
    codes.includes(String((error as { code?: unknown }).code)),
    `${String(error)} where ${codes.join()} is due`,
  );
}

async function cell(call: TabledCall, place: Place, kind: Kind, caught: boolean, quiet: object): Promise<void> {
  cells++;
  const result: Result = { done: 0 };
  const codes = expectedCodes(call, place);
  let before: object | undefined;
  let pending: Promise<unknown> | undefined;
  const unchanged = (world: World): void => {
    if (before !== undefined) assert.deepEqual(world.snapshot(), before, 'what was refused has changed nothing');
  };
  const act = (world: World): unknown => {
    result.done++;
    if (call.pure === true || (codes.length > 0 && (call.counts !== true || place.optimizer !== 'at rest')))
      before = world.snapshot();
    try {
      const returned = call.run(world);
      if (!(returned instanceof Promise)) {
        unchanged(world);
        return undefined;
      }
      pending = returned.catch((error: unknown) => {
        result.error = error;
        if (!caught) throw error;
      });
      pending.catch(() => undefined);
      return pending;
    } catch (error) {
      result.error = error;
      unchanged(world);
      if (!caught) throw error;
      return undefined;
    }
  };
  const [world, thrown] = await visit(place, kind, act);
  await pending?.catch(() => undefined);
  assert.equal(result.done, 1, 'the place was reached');
  if (codes.length > 0) assertRefusal(result.error, codes);
  else if (result.error !== undefined) throw result.error as Error;
  if (thrown !== undefined && thrown !== REASON) assert.equal(thrown, result.error);
  if (before !== undefined && caught && place.optimizer === 'busy') {
    assert.deepEqual(world.snapshot(), quiet, 'the end is the same, bit for bit, as without the call');
  }
  world.assertWhole();
}

/** A failure says which cell it is of. */
async function namedCell(
  name: string,
  kind: Kind,
  call: TabledCall,
  place: Place,
  caught: boolean,
  quiet: object,
): Promise<void> {
  try {
    await cell(call, place, kind, caught, quiet);
  } catch (cause) {
    const what = `${call.member} (${call.how})${caught ? '' : ', not caught'}, ${place.name}, ${name}`;
    throw new Error(`${what}: ${String(cause)}`, { cause });
  }
}

/** Hooks know nothing of the length of vectors. */
function callsFor({ long }: Kind): readonly TabledCall[] {
  return long === true ? CALLS.filter(({ member }) => !member.startsWith('register')) : CALLS;
}

function* kindsFor(place: Place): Generator<[string, Kind]> {
  for (const [name, kind] of Object.entries(KINDS)) if (kind.long !== true || place.async === true) yield [name, kind];
}

/** Whether the callback catches what the call throws; where it throws nothing that makes no difference. */
function modes(call: TabledCall, place: Place): readonly boolean[] {
  return place.passes && expectedCodes(call, place).length > 0 ? [true, false] : [true];
}

describe('every public member', () => {
  it('is in the table of calls, and nothing else is', () => {
    assert.deepEqual([...TABLED].sort(), members().sort());
  });

  for (const place of PLACES) {
    it(`works or is refused with a code, ${place.name}`, async () => {
      for (const [name, kind] of kindsFor(place)) {
        const [undisturbed] = await visit(place, kind, () => undefined);
        const quiet = undisturbed.snapshot();
        // Together, as each has an optimiser of its own.
        await Promise.all(
          callsFor(kind).flatMap((call) =>
            modes(call, place).map((caught) => namedCell(name, kind, call, place, caught, quiet)),
          ),
        );
      }
    });
  }

  after(() => {
    console.log(
      `      ${cells} cells: ${CALLS.length} calls, ${PLACES.length} places, ${Object.keys(KINDS).length} kinds`,
    );
  });
});
