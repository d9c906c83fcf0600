/** What is known of the stream that is written to: `process.stdout`, `process.stderr`. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether to write ANSI colours: never with NO_COLOR, with FORCE_COLOR as that says, else on a terminal that has them. */
export function hasColor({ isTTY }: Stream, { NO_COLOR, FORCE_COLOR, TERM }: Environment): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY === true && TERM !== 'dumb';
}

/** Characters in a line: of the terminal, or as the variable COLUMNS says; Infinity where nothing does. */
export function columnsOf({ columns }: Stream, { COLUMNS }: Environment): number {
  const given = columns ?? Number(COLUMNS);
  return given > 0 ? Math.max(given, 24) : Infinity;
}

/** The text in lines of at most so many characters, broken between words. A word that is longer has a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= columns || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
