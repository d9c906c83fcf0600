// The example's trainer in a process of Node, with a stand-in for Electron's port.

import { fork, type ChildProcess, type Serializable } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import type { FromTrainer, ToTrainer } from '../../examples/electron/messages';
import { PLAIN } from '../consumers/consumer';

export class TrainerProcess extends EventEmitter<{ message: [FromTrainer] }> {
  readonly #child: ChildProcess;

  /** @param host one of programs/ */
  constructor(host: string, args: readonly string[], execPath = process.execPath) {
    super();
    this.#child = fork(path.join(__dirname, 'programs', host), args, {
      execPath,
      execArgv: [],
      serialization: 'advanced', // typed arrays stay typed arrays, as in Electron's channels
      env: { ...process.env, ...PLAIN },
    });
    this.#child.on('message', (message) => this.emit('message', message as FromTrainer));
  }

  say(word: ToTrainer): void {
    this.#child.send(word satisfies Serializable);
  }

  /** The binaries that it has loaded, and the executable. */
  async loaded(): Promise<{ binaries: string[]; executable: string }> {
    this.#child.send('binaries');
    const [answer] = (await once(this.#child, 'message')) as [{ binaries: string[]; executable: string }];
    return answer;
  }

  /** The messages up to and with the first of this kind. */
  async until(kind: FromTrainer['kind']): Promise<FromTrainer[]> {
    const messages: FromTrainer[] = [];
    await new Promise<void>((resolve, reject) => {
      const take = (message: FromTrainer): void => {
        messages.push(message);
        if (message.kind !== kind) return;
        this.off('message', take);
        resolve();
      };
      this.on('message', take);
      this.#child.once('exit', (code) => {
        reject(new Error(`the trainer ended, exit code ${code}`));
      });
    });
    return messages;
  }

  async end(): Promise<void> {
    if (this.#child.kill('SIGKILL')) await once(this.#child, 'exit');
  }
}
