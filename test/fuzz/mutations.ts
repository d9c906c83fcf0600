// Changes to a tree of objects, arrays and typed arrays: what a file of another program, a proxy or an attacker may hand over in its place.

import { ODD_NUMBERS, type Choices } from './choices';
import { AS_ARRAYS, HUGE_LENGTHS, ODD_VALUES } from './odd-values';

type Holder = Record<string, unknown>;
/** A place in the tree. */
interface Place {
  readonly holder: Holder;
  readonly key: string;
  readonly value: unknown;
}

/** Names of fields that mean something to somebody. */
const FIELDS: readonly string[] = [
  ...['state', 'param_groups', 'params', '0', '1', 'length', 'constructor', '__proto__', 'toJSON'],
  ...[
    'func_evals',
    'n_iter',
    'nIter',
    'step',
    't',
    'H_diag',
    'prev_loss',
    'd',
    'prev_flat_grad',
    'old_dirs',
    'old_stps',
    'ro',
    'al',
  ],
  ...[
    'n_known',
    'lr',
    'max_iter',
    'max_eval',
    'tolerance_grad',
    'tolerance_change',
    'history_size',
    'line_search_fn',
    'betas',
  ],
];

export class Mutator {
  /** What was done. */
  readonly told: string[] = [];
  /** Errors that a getter or a trap throws. */
  readonly errors = new Set<unknown>();
  /** Whether a field may read otherwise the next time. */
  isUnsteady = false;
  /** Whether there is an array of a claimed length somewhere. */
  hasHuge = false;
  readonly #choices: Choices;
  /** Not to be walked into. */
  readonly #hostile = new WeakSet();

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  /** The tree with so many changes; the tree itself may have changed as well. */
  change(root: unknown, times: number): unknown {
    let changed = root;
    for (let time = 0; time < times; time++) changed = this.#changeOnce(changed);
    return changed;
  }

  #changeOnce(root: unknown): unknown {
    const top: Holder = { root };
    const places = this.#places(top);
    const { holder, key, value } = this.#choices.once(20) ? places[0]! : this.#choices.oneOf(places);
    const [kind, apply] = this.#choices.kind(CHANGES);
    this.told.push(`${kind} at ${key}`);
    try {
      apply({ holder, key, value }, this, this.#choices);
    } catch {
      // an earlier change is in the way: it was frozen, or a getter throws
    }
    return Object.getOwnPropertyDescriptor(top, 'root')?.value as unknown;
  }

  /** Every data property of the tree. */
  #places(root: Holder): Place[] {
    const places: Place[] = [];
    const open: Holder[] = [root];
    for (let holder = open.pop(); holder !== undefined && places.length < 400; holder = open.pop()) {
      for (const key of keysOf(holder)) {
        const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
        places.push({ holder, key, value });
        const isTree = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
        if (isTree && !this.#hostile.has(value)) open.push(value as Holder);
      }
    }
    return places;
  }

  /** An error of the user's own. */
  error(): Error {
    const error = new Error('of a getter or a trap');
    this.errors.add(error);
    return error;
  }

  /** An object whose properties are not to be looked at. */
  hostile<T extends object>(object: T): T {
    this.#hostile.add(object);
    return object;
  }
  isHostile(object: object): boolean {
    return this.#hostile.has(object);
  }
}

/** The first keys; none of a proxy that does not tell them. */
function keysOf(holder: object): string[] {
  try {
    return Object.keys(holder).slice(0, 50);
  } catch {
    return [];
  }
}

type Change = (place: Place, mutator: Mutator, choices: Choices) => void;

/** Sets the value there, whatever is in the way. */
function put({ holder, key }: Place, value: unknown): void {
  Reflect.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function isFloats(value: unknown): value is Float64Array | Float32Array {
  return value instanceof Float64Array || value instanceof Float32Array;
}

/** The numbers of the place, or some. */
function numbersOf({ value }: Place): number[] {
  if (isFloats(value)) return Array.from(value);
  return Array.isArray(value) && value.length < 1000 && value.every((entry) => typeof entry === 'number')
    ? value
    : [1, 2, 3, 4];
}

/** By kind. */
export const CHANGES: Readonly<Record<string, Change>> = {
  dropped: ({ holder, key }) => {
    Reflect.deleteProperty(holder, key);
  },
  renamed: (place, _, choices) => {
    const { holder, key, value } = place;
    Reflect.deleteProperty(holder, key);
    const camel = key.replaceAll(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
    put({ ...place, key: choices.oneOf([camel, key.toUpperCase(), `_${key}`, ...FIELDS]) }, value);
  },
  copied: (place, _, choices) => {
    put({ ...place, key: choices.oneOf([...Object.keys(place.holder), ...FIELDS]) }, place.value);
  },
  swapped: (place, _, choices) => {
    const other = choices.oneOf(Object.keys(place.holder));
    const value: unknown = Object.getOwnPropertyDescriptor(place.holder, other)?.value;
    put({ ...place, key: other }, place.value);
    put(place, value);
  },
  'an odd number': (place, _, choices) => {
    put(place, choices.oneOf(ODD_NUMBERS));
  },
  'a number changed': (place, _, choices) => {
    if (typeof place.value === 'number')
      put(place, place.value * choices.oneOf([-1, 0, 2, 1e-300, 1e300, 1 + 2 ** -52]));
  },
  'an odd value': (place, _, choices) => {
    put(place, choices.oneOf(ODD_VALUES)());
  },
  'an odd entry': (place, _, choices) => {
    if (isFloats(place.value)) place.value[choices.below(place.value.length)] = choices.oneOf(ODD_NUMBERS);
  },
  'an array of another length': (place, _, choices) => {
    const { value } = place;
    const size = choices.oneOf([0, 1, 3, 5, 8]);
    if (isFloats(value)) put(place, value.slice(0, size));
    else if (Array.isArray(value))
      value.length = choices.oneOf([0, 1, Math.max(0, value.length - 1), value.length + 1]);
  },
  'an array of another kind': (place, _, choices) => {
    put(place, choices.oneOf(AS_ARRAYS)(numbersOf(place)));
  },
  'an array repeated': ({ value }) => {
    if (Array.isArray(value) && value.length < 1000) value.push(...(value as unknown[]));
  },
  huge: (place, mutator, choices) => {
    mutator.hasHuge = true;
    const length = choices.oneOf(HUGE_LENGTHS);
    put(place, mutator.hostile(choices.once(2) ? { length } : Array(length)));
  },
  sparse: (place, _, choices) => {
    put(place, Array(choices.oneOf([1, 2, 4])));
  },
  'a getter that throws': (place, mutator) => {
    const error = mutator.error();
    const get = (): never => {
      throw error;
    };
    Reflect.defineProperty(place.holder, place.key, { get, enumerable: true, configurable: true });
  },
  'a getter that changes': (place, mutator, choices) => {
    mutator.isUnsteady = true;
    const others = [place.value, choices.oneOf(ODD_NUMBERS), choices.oneOf(ODD_VALUES)(), place.value];
    let reads = choices.below(4);
    const get = (): unknown => others[reads++ % others.length];
    Reflect.defineProperty(place.holder, place.key, { get, enumerable: true, configurable: true });
  },
  'a proxy': (place, mutator) => {
    if (typeof place.value !== 'object' || place.value === null) return;
    const proxy = new Proxy(place.value, {});
    put(place, mutator.isHostile(place.value) ? mutator.hostile(proxy) : proxy);
  },
  'a proxy that throws': (place, mutator, choices) => {
    if (typeof place.value !== 'object' || place.value === null) return;
    const error = mutator.error();
    mutator.isUnsteady = true;
    const trap = choices.oneOf(['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf']);
    const after = choices.below(4);
    let calls = 0;
    const handler: ProxyHandler<object> = {
      [trap]: (...args: never[]): unknown => {
        if (calls++ >= after) throw error;
        return Reflect.apply(Reflect[trap as 'get'], Reflect, args) as unknown;
      },
    };
    put(place, mutator.hostile(new Proxy(place.value, handler)));
  },
  'a revoked proxy': (place, mutator) => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    mutator.errors.add('a revoked proxy'); // the language throws an error of its own
    put(place, mutator.hostile(proxy));
    revoke();
  },
  'another prototype': (place, _, choices) => {
    if (typeof place.value !== 'object' || place.value === null) return;
    const prototypes = [null, { n_iter: 5, lr: 7, length: 3 }, Array.prototype, Float64Array.prototype, Date.prototype];
    Reflect.setPrototypeOf(place.value, choices.oneOf(prototypes));
  },
  frozen: (place) => {
    if (typeof place.value === 'object' && place.value !== null && !ArrayBuffer.isView(place.value))
      Object.freeze(place.value);
  },
  'through JSON': (place, mutator) => {
    if (mutator.hasHuge) return; // the language would write every entry
    put(place, JSON.parse(JSON.stringify(place.value)));
  },
  'in itself': (place) => {
    put(place, place.holder);
  },
};
