import { EventEmitter } from 'node:events';
import type { Data, FromTrainer } from '../electron/messages';

export interface Trained {
  readonly data: Data;
  /** One for each iteration. */
  readonly losses: readonly number[];
  /** The answers of the trained network on the square, row by row, in [0, 1]. */
  readonly map: Float32Array;
  /** Why the training ended. */
  readonly message: string;
}

/** Stands for the port to the window: says 'start' as soon as the trainer listens, and hands on what the trainer says. */
class Port extends EventEmitter {
  readonly #receive: (message: FromTrainer) => void;

  constructor(receive: (message: FromTrainer) => void) {
    super();
    this.#receive = receive;
  }

  start(): void {
    this.emit('message', { data: 'start' });
  }

  postMessage(message: FromTrainer): void {
    this.#receive(message);
  }
}

/** Runs ../electron/trainer.js, which is made for Electron's utility process, until its training has ended. */
export function train(): Promise<Trained> {
  const parentPort = new EventEmitter();
  Object.assign(process, { parentPort });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- after parentPort is there
  require('../electron/trainer.js');
  return new Promise((resolve, reject) => {
    let data: Data | undefined;
    let map = new Float32Array();
    const losses: number[] = [];
    const port = new Port((message) => {
      if (message.kind === 'started') data = message;
      else if (message.kind === 'failed') reject(new Error(message.message));
      else if (message.kind === 'ended') resolve({ data: data!, losses, map, message: String(message.message) });
      else {
        losses.push(...message.losses);
        map = message.map as Float32Array<ArrayBuffer>;
      }
    });
    parentPort.emit('message', { ports: [port] });
  });
}

/** How many points the map gives the answer of their own spiral. */
export function rightOf({ data: { points, labels }, map }: Trained): number {
  const side = Math.sqrt(map.length);
  const place = (fraction: number): number => Math.floor(fraction * side);
  return labels.filter((label, n) => {
    const [x, y] = [points[2 * n]!, points[2 * n + 1]!];
    return map[place((1 - y) / 2) * side + place((x + 1) / 2)]! > 0.5 === (label === 1);
  }).length;
}
