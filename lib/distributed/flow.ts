// Code that waits for promises where there are any, and otherwise runs to its end at once.

import { isThenable } from '../checks/own';

/** Code that may wait: it yields a promise or a value, and is resumed with the settled value. */
export type Flow<Result> = Generator<unknown, Result, unknown>;

/** What the flow returns; a promise of it if the flow yields a promise. */
export function run<Result>(flow: Flow<Result>): Result | Promise<Result> {
  let part = flow.next();
  while (part.done !== true) {
    if (isThenable(part.value)) return awaited(flow, part);
    part = flow.next(part.value);
  }
  return part.value;
}

async function awaited<Result>(flow: Flow<Result>, first: IteratorResult<unknown, Result>): Promise<Result> {
  let part = first;
  while (part.done !== true) {
    let answer: unknown;
    try {
      answer = await part.value;
    } catch (error) {
      part = flow.throw(error);
      continue;
    }
    part = flow.next(answer);
  }
  return part.value;
}
