// The fields of a checkpoint that are not tensors: entries of the metadata, each value as JSON text.

import { describe } from '../checks/errors';
import { copyList, isCount, isRecord, listOf, own } from '../checks/own';
import { checkText, parseJson, refuse } from './safetensors-checks';

/** What a value has to be. */
export interface Field {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}
export type Fields = Readonly<Record<string, Field>>;

export const count: Field = { expected: 'an integer >= 0', accepts: isCount };
export const number: Field = { expected: 'a finite number', accepts: Number.isFinite };

export function encodeFields(
  source: Record<string, unknown>,
  fields: Fields,
  owner: string,
  metadata: Map<string, string>,
): void {
  for (const [key, { expected, accepts }] of Object.entries(fields)) {
    const value = own(source, key);
    if (!accepts(value)) throw refuse(expected, `${owner}.${key}`, describe(value));
    // JSON.stringify(-0) is '0', and Python reads '-0' as an integer, without its sign.
    metadata.set(`${owner}.${key}`, Object.is(value, -0) ? '-0.0' : JSON.stringify(value));
  }
}

export function decodeFields(metadata: Map<string, string>, fields: Fields, owner: string): Record<string, unknown> {
  const decoded = Object.entries(fields).map(([key, { expected, accepts }]) => {
    const field = `${owner}.${key}`;
    const text = metadata.get(field);
    if (text === undefined) throw refuse(expected, field, 'nothing');
    metadata.delete(field);
    const value = parseJson(text, field);
    if (!accepts(value)) throw refuse(expected, field, describe(value));
    return [key, value] as const;
  });
  return Object.fromEntries(decoded);
}

/** Throws for a value that would be lost. null, as torch writes it, and undefined count as absent. */
export function refuseOthers(source: Record<string, unknown>, known: readonly string[], owner: string): void {
  const other = Object.keys(source).find((key) => !known.includes(key) && (source[key] ?? null) !== null);
  if (other !== undefined) throw refuse('no such field', `${owner}.${other}`, 'one');
}

const INDICES = 'param_groups.0.params';

/** The indices 0, 1, … of the parameters. */
export function encodeIndices(params: unknown, metadata: Map<string, string>): void {
  metadata.set(INDICES, `[${checkIndices(params).join(',')}]`);
}

export function decodeIndices(metadata: Map<string, string>): number[] {
  const text = metadata.get(INDICES);
  metadata.delete(INDICES);
  return checkIndices(text === undefined ? undefined : parseJson(text, INDICES));
}

function checkIndices(value: unknown): number[] {
  const list = listOf(value);
  const indices = list && copyList(list, (entry, index): entry is number => entry === index);
  if (indices === undefined) throw refuse('the indices 0, 1, …', INDICES, describe(value));
  return indices;
}

/** What stands before the names of the user's own metadata, so that they are no fields of ours. */
const USERS = 'metadata.';

/** The user's own metadata: text by name. */
export function encodeUsers(given: unknown, metadata: Map<string, string>): void {
  if (given === undefined || given === null) return;
  if (!isRecord(given)) throw refuse('an object of text by name', 'metadata', describe(given));
  for (const key of Object.keys(given)) {
    const field = `${USERS}${key}`;
    const value = given[key];
    if (typeof value !== 'string') {
      const call = typeof value === 'object' ? 'JSON.stringify' : 'String';
      const hint = (value ?? null) === null ? '' : `; make it text: ${call}(value)`;
      throw refuse('text', field, `${describe(value)}${hint}`);
    }
    checkText(key, 'a name of the metadata');
    checkText(value, field);
    metadata.set(field, value);
  }
}

/** Takes the user's own metadata out of the metadata of the file; undefined where there is none. */
export function decodeUsers(metadata: Map<string, string>): Record<string, string> | undefined {
  const found = [...metadata].filter(([field]) => field.startsWith(USERS));
  if (found.length === 0) return undefined;
  const entries = found.map(([field, text]) => {
    metadata.delete(field);
    checkText(field, 'a name of the metadata');
    checkText(text, field);
    return [field.slice(USERS.length), text] as const;
  });
  // fromEntries defines own properties, whatever their names.
  return Object.fromEntries(entries);
}
