// Reads objects that users hand over: their own properties and those of their classes, but not what was put on
// Object.prototype, and without errors of the engine.

import { types } from 'node:util';

/** Whether the value is an array; undefined for a proxy that has been revoked. Runs no user code. */
function looksLikeArray(value: unknown): boolean | undefined {
  try {
    return Array.isArray(value);
  } catch {
    return undefined;
  }
}

/** Whether the value is an array, or a proxy of one. */
export function isArray(value: unknown): value is readonly unknown[] {
  return looksLikeArray(value) === true;
}

/** Whether the value is a proxy that has been revoked: the engine throws at any use of it. */
export function isRevoked(value: unknown): boolean {
  return types.isProxy(value) && looksLikeArray(value) === undefined;
}

/** Whether the value has a `then`, whose getter may throw. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (types.isPromise(value)) return true;
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  return !isRevoked(value) && typeof (value as { then?: unknown }).then === 'function';
}

/** Whether the value can be called, without `new`. */
export function isFunction(value: unknown): boolean {
  return typeof value === 'function' && !isRevoked(value) && !isClass(value);
}

/**
 * Whether the function is a class. The `prototype` of a class is read-only; the text tells a class from a function
 * whose `prototype` a program has frozen.
 */
export function isClass(value: object): boolean {
  if (types.isProxy(value) || Object.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false) return false;
  return Function.prototype.toString.call(value).startsWith('class');
}

/** Whether the value can have properties and be asked for them. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRevoked(value);
}

/** Kinds of objects whose content is not in properties by name. */
const NO_RECORDS: readonly ((value: unknown) => boolean)[] = [
  ...[types.isAnyArrayBuffer, types.isBoxedPrimitive, types.isMap, types.isSet, types.isDate, types.isPromise],
];

/** Whether the value keeps its content in properties by name, unlike arrays, Maps, dates and the like. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (!isObject(value) || isArray(value) || ArrayBuffer.isView(value)) return false;
  return isLiteral(value) || !NO_RECORDS.some((isOther) => isOther(value));
}

/** Whether the value has the prototype of `{…}` or of `bare()`. False for a proxy, whose traps do not run. */
function isLiteral(value: object): boolean {
  if (types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Bare.prototype;
}

/** Whether the value is a literal `{…}` of this or another realm, or has no prototype at all. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Whether the value is `{…}`, of this or another realm, with no hidden property. A Map is none, whatever its prototype,
 * and Math is none.
 */
export function isPlainRecord(value: object): boolean {
  if (!isPlain(value) || NO_RECORDS.some((isOther) => isOther(value))) return false;
  return Reflect.ownKeys(value).length === Object.keys(value).length;
}

/** Whether the value is an integer from `least` to `most` that a double holds exactly. */
export function isInteger(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Whether the value is an integer >= 0 that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return isInteger(value, 0);
}

/** A class with an empty prototype: its objects have no property that was not put into them. */
const Bare = function () {
  // nothing of its own
} as unknown as new () => Record<string, unknown>;
Bare.prototype = Object.create(null) as unknown;

/** An object without properties, not even those of Object.prototype. */
export function bare(): Record<string, unknown> {
  return new Bare();
}

/** The object's own property, undefined where it has none of this name. */
export function own(object: object, key: PropertyKey): unknown {
  return Object.hasOwn(object, key) ? (object as Record<PropertyKey, unknown>)[key] : undefined;
}

/**
 * The object's own properties of these names, each read once; one that it lacks is undefined, whatever Object.prototype
 * has.
 */
export function pick<Source extends object, Key extends keyof Source & string>(
  object: Source,
  keys: readonly Key[],
): Pick<Source, Key> {
  const picked = bare();
  for (const key of keys) if (Object.hasOwn(object, key)) picked[key] = object[key];
  return picked as Pick<Source, Key>;
}

/**
 * Whether the object or one of its classes has such a property; one that was put on Object.prototype does not count.
 */
export function isDeclared(object: object, key: string): boolean {
  if (!(key in object)) return false;
  if (!Object.hasOwn(Object.prototype, key)) return true;
  let at: object | null = object;
  while (at !== null && at !== Object.prototype) {
    if (Object.hasOwn(at, key)) return true;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return false;
}

/** The property as the object or one of its classes has it, undefined where neither does. */
export function declared(object: object, key: string): unknown {
  return isDeclared(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

/** A user's array: how long it says it is, asked once, and its entries, each read where it is asked for. */
export interface List {
  readonly length: number;
  readonly at: (index: number) => unknown;
}

/**
 * The value as a list; undefined for what is no array. Its length is a claim: nothing is to be allocated by it before
 * its entries are seen.
 */
export function listOf(value: unknown): List | undefined {
  if (!isArray(value)) return undefined;
  const { length } = value as { length: unknown };
  return isCount(length) ? { length, at: (index) => value[index] } : undefined;
}

/** A copy of a list whose entries all pass the test, undefined at the first one that does not. */
export function copyList<Entry>(
  list: List,
  accepts: (entry: unknown, index: number) => entry is Entry,
): Entry[] | undefined {
  const copy: Entry[] = [];
  for (let index = 0; index < list.length; index++) {
    const entry = list.at(index);
    if (!accepts(entry, index)) return undefined;
    copy.push(entry);
  }
  return copy;
}
