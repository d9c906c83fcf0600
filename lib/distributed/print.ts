// Short numbers that tell whether ranks hold the same values.

/** An integer below 2^32 that follows from the bytes: FNV-1a. */
export function printOf(bytes: Uint8Array): number {
  let print = 0x811c9dc5;
  for (const byte of bytes) print = Math.imul(print ^ byte, 0x01000193);
  return print >>> 0;
}
