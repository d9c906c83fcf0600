// Between a step and a loop over its iterations: one waits while the other is at work.

import type { IterationInfo } from './report';

const nobody = (): void => undefined;

export class Handoff {
  /** The step waits for this answer. */
  #answer: (goOn: boolean) => void = nobody;
  /** The loop waits for this. */
  #receive: (info: IterationInfo | undefined) => void = nobody;

  /** The step's side: an iteration is complete; resolves, once the loop asks for more or has ended, to whether it goes on. */
  readonly offer = (info: IterationInfo): Promise<boolean> =>
    new Promise((resolve) => {
      this.#answer = resolve;
      this.#receive(info);
    });

  /** The step itself; nothing more is offered once it has ended. */
  closeAfter(step: Promise<number>): Promise<number> {
    const close = (): void => {
      this.#receive(undefined);
    };
    step.then(close, close);
    return step;
  }

  /** The loop's side: lets the step go on, and resolves to its next iteration, or to undefined where it has ended. */
  take(): Promise<IterationInfo | undefined> {
    return new Promise((resolve) => {
      this.#receive = resolve;
      this.#answer(true);
    });
  }

  /** The loop has ended: so shall the step. */
  refuse(): void {
    this.#answer(false);
  }
}
