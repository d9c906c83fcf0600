// The files that record.ts writes and that the page "See it work" reads, one for each surface.

/** Positions are whole numbers: 0 and this are the edges of what is shown. */
export const SCALE = 2000;

/** One method from one start. */
export interface RecordedRun {
  /** Column, row and evaluations of each point, one behind the other. */
  readonly path: readonly number[];
  /** The evaluations until the value was within 1e-6 of the minimum; null where it never was. */
  readonly arrived: number | null;
  /** Whether it ended far away. */
  readonly diverged: boolean;
  readonly evaluations: number;
  /** How `minimize` ended, where it is its run. */
  readonly status?: string;
}

export const methods = ['lbfgs', 'adam', 'descent'] as const;
export type MethodName = (typeof methods)[number];

export interface Recording {
  /** The learning rates. */
  readonly rates: Readonly<Record<'adam' | 'descent', number>>;
  /** Of the starts row by row from below, each row from the left. */
  readonly starts: readonly Readonly<Record<MethodName, RecordedRun>>[];
}
