// Between a step and a loop over its iterations: one waits while the other is at work.

import type { IterationInfo } from './report';

type Answer = (goOn: boolean) => void;

export class Handoff {
  /** The step waits for this answer. */
  #answer: Answer | undefined;
  /** The loop waits for this. */
  #receive: ((info: IterationInfo | undefined) => void) | undefined;
  #offered: IterationInfo | undefined;
  #closed = false;

  /** The step's side: an iteration is complete; resolves, once the loop asks for more or has ended, to whether it goes on. */
  readonly offer = (info: IterationInfo): Promise<boolean> => {
    const answered = new Promise<boolean>((resolve) => (this.#answer = resolve));
    if (this.#closed) this.#reply(false);
    else if (this.#receive === undefined) this.#offered = info;
    else this.#receive(info);
    return answered;
  };

  /** The step itself; nothing more is offered once it has ended. */
  closeAfter(step: Promise<number>): Promise<number> {
    const close = (): void => {
      this.#closed = true;
      this.#receive?.(undefined);
    };
    step.then(close, close);
    return step;
  }

  /** The loop's side: lets the step go on, and resolves to its next iteration, or to undefined where it has ended. */
  take(): Promise<IterationInfo | undefined> {
    if (this.#offered !== undefined || this.#closed) {
      const info = this.#offered;
      this.#offered = undefined;
      return Promise.resolve(info);
    }
    const received = new Promise<IterationInfo | undefined>((resolve) => {
      this.#receive = (info) => {
        this.#receive = undefined;
        resolve(info);
      };
    });
    this.#reply(true);
    return received;
  }

  /** The loop has ended: so shall the step. */
  refuse(): void {
    this.#closed = true;
    this.#reply(false);
  }

  #reply(goOn: boolean): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(goOn);
  }
}
