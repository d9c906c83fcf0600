// What of a checkpoint is no tensor: fields of the metadata, each value as JSON text.

import { describe } from './errors';
import { isCount, parseJson, refuse } from './safetensors-format';

/** What a value has to be. */
export interface Field {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}
/** By name. */
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
    const value = source[key];
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

/** Throws for a value that would be lost. Absent are null, as torch writes it, and undefined. */
export function refuseOthers(source: Record<string, unknown>, known: readonly string[], owner: string): void {
  const other = Object.keys(source).find((key) => !known.includes(key) && (source[key] ?? null) !== null);
  if (other !== undefined) throw refuse('no such field', `${owner}.${other}`, 'one');
}
