// What goes through the channel. The window says 'start' or 'cancel'.

export type ToTrainer = 'start' | 'cancel';

export type FromTrainer =
  | ({ kind: 'started' } & Data)
  /** losses: one for each iteration since the last message. map: the network's answer on the square, row by row, in [0, 1]. */
  | { kind: 'progress'; iteration: number; losses: Float64Array; map: Float32Array }
  | { kind: 'ended'; status?: string | undefined; message?: string | undefined; loss?: number | undefined }
  | { kind: 'failed'; message: string };

/** points: x and y of each, in [-1, 1]. labels: 0 or 1 for each. */
export interface Data {
  points: Float32Array;
  labels: Uint8Array;
}
