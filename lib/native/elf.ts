// What a file of Linux (ELF, 64 bits, little-endian) tells: whether it is whole, which CPU it is for, and which C
// library it runs on.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Node's names of the machines in an ELF header. */
const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };
/** The kind of a program header that names the program's loader. */
const PT_INTERP = 3;

/** Opens a file for `look` with its header; `read`: the bytes of the header that are there. */
function withHeader<T>(file: string, look: (handle: number, header: DataView, read: number) => T): T {
  const handle = openSync(file, 'r');
  try {
    const header = new DataView(new ArrayBuffer(64));
    return look(handle, header, readSync(handle, header));
  } finally {
    closeSync(handle);
  }
}

const isElf = (header: DataView): boolean => header.getUint32(0) === 0x7f454c46;

/**
 * Refuses a Linux library that lost its end, in a download or on a full disk: loading it would end the process by
 * SIGBUS. Refuses one for another CPU, too, which the system would report as missing. Any other file passes: the
 * system's loader checks it.
 */
export function checkElf(file: string): void {
  withHeader(file, (handle, header, read) => {
    if (read >= 4 && !isElf(header)) return;
    // The table of sections stands last: where it begins, and its entries' length and number.
    const end = Number(header.getBigUint64(0x28, true)) + header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
    const isWhole = read === 64 && readSync(handle, header, 0, 1, end - 1) === 1;
    if (!isWhole) throw new Error(`it is cut short, ${fstatSync(handle).size} bytes`);
    const machine = MACHINES[header.getUint16(0x12, true)] ?? process.arch;
    if (machine !== process.arch) throw new Error(`it is for ${machine}`);
  });
}

/**
 * The C library of a program, by the loader that it names; undefined where it names none, as one that is linked
 * statically does.
 */
export function libcOf(program: string): 'glibc' | 'musl' | undefined {
  return withHeader(program, (handle, header) => {
    const is64 = header.getUint8(4) === 2 && header.getUint8(5) === 1;
    if (!isElf(header) || !is64) return undefined;
    // The program headers: where they begin, and their length and number.
    const [at, size, count] = [
      Number(header.getBigUint64(0x20, true)),
      header.getUint16(0x36, true),
      header.getUint16(0x38, true),
    ];
    const headers = new DataView(new ArrayBuffer(size * count));
    const read = readSync(handle, headers, 0, size * count, at);
    for (let start = 0; start + size <= read; start += size) {
      if (headers.getUint32(start, true) !== PT_INTERP) continue;
      const [offset, length] = [0x08, 0x20].map((field) => Number(headers.getBigUint64(start + field, true))) as [
        number,
        number,
      ];
      const loader = new Uint8Array(Math.min(length, 4096));
      readSync(handle, loader, 0, loader.length, offset);
      return String.fromCharCode(...loader).includes('/ld-musl-') ? 'musl' : 'glibc';
    }
    return undefined;
  });
}
