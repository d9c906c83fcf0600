// Access to the core of an optimiser: as long as there is one, and by one change at a time.

import { freeCore, makeCore, type Core } from './core';
import { LBFGSError } from '../checks/errors';
import type { ParamGroup } from '../parameters/param-group';
import { ParameterArrays } from './parameter-arrays';

/** The core of one optimiser: there until it is disposed of, and changed by one call at a time. */
export class GuardedCore {
  #core: Core | undefined;
  /**
   * Work is in progress that a change would disturb. A field and no method: to free it again takes no room on the
   * stack.
   */
  busy = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A new core, with the arrays of the group mapped. */
  static over(group: Readonly<ParamGroup>): GuardedCore {
    return new GuardedCore(mapped(group));
  }

  get isDisposed(): boolean {
    return this.#core === undefined;
  }

  /** The core, for reading. */
  open(): Core {
    if (this.#core !== undefined) return this.#core;
    throw new LBFGSError('ERR_LBFGS_DISPOSED', 'Expected an optimiser in use but this one has been disposed of');
  }

  /** Does work that changes the optimiser: refused while other such work is in progress, and refusing it meanwhile. */
  alone<Result>(work: (core: Core) => Result): Result {
    this.#idle();
    return this.undisturbed(work);
  }

  /** Returns the core for a change that takes turns of the event loop. The caller sets `busy` to false at its end. */
  occupy(): Core {
    const core = this.#idle();
    this.busy = true;
    return core;
  }

  /** Does work that a change of the optimiser would disturb; allowed at any time. */
  undisturbed<Result>(work: (core: Core) => Result): Result {
    const core = this.open();
    const busy = this.busy;
    this.busy = true;
    try {
      return work(core);
    } finally {
      this.busy = busy;
    }
  }

  /**
   * Replaces the core by one for this group, which begins with the parameters of the old core. If that fails, nothing
   * has changed.
   */
  extend(group: Readonly<ParamGroup>): void {
    const before = this.open();
    this.#core = mapped(group, before);
    freeCore(before);
  }

  dispose(): void {
    if (this.#core === undefined) return;
    freeCore(this.#idle());
    this.#core = undefined;
  }

  /** The core, if nothing is in progress that a change would disturb. */
  #idle(): Core {
    const core = this.open();
    if (!this.busy) return core;
    throw new LBFGSError(
      'ERR_LBFGS_BUSY',
      'Expected an optimiser at rest but a call of one of its methods is in progress',
    );
  }
}

/**
 * A new core, with the arrays of the group mapped and, if there is one, the state of the core of its first parameters.
 */
function mapped(group: Readonly<ParamGroup>, before?: Core): Core {
  const arrays = new ParameterArrays(group.params, group.comm !== null);
  if (before !== undefined) arrays.checkBeginsWith(before.arrays);
  const core = makeCore(arrays, group);
  try {
    arrays.mapData(core.native);
    if (before !== undefined) core.native.extend(before.native.handle);
    core.exchange.checkMemory();
    return core;
  } catch (error) {
    freeCore(core);
    throw error;
  }
}
