// A harness in a process of its own: one line of request, one line of JSON back (peers/harness.hpp says what they are).

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { timedIterations, type Cell } from './cells';
import type { Subject } from './subjects';

export interface Timing {
  readonly iteration: number; // nanoseconds, as is objective
  readonly objective: number;
  readonly evaluations: number; // per iteration
  readonly iterations: number;
  readonly solves: number;
}
export interface Bandwidth {
  readonly huge: number; // GB/s
  readonly small: number;
  readonly copy: number;
}
/** One solve from the call to the result. */
export interface WholeSolve {
  readonly solve: number; // nanoseconds
  readonly evaluations: number;
  readonly construction: number | null; // nanoseconds: what is made for a solve and dropped after it, without the solve
}
type Refusal = { readonly unavailable: string } | { readonly failed: string };
export type Reply = Timing | Bandwidth | WholeSolve | Refusal;

export const isRefusal = (reply: Reply): reply is Refusal => 'unavailable' in reply || 'failed' in reply;

const MOST_MILLISECONDS = 300_000;
const ENVIRONMENT = {
  ...process.env,
  OMP_WAIT_POLICY: 'PASSIVE', // without it Debian's torch is up to five times slower on two threads
  OPENBLAS_NUM_THREADS: '1',
  PYTHONDONTWRITEBYTECODE: '1', // no files beside the sources
};

export class HarnessProcess {
  readonly #subject: Subject;
  #child: ChildProcess | undefined;
  #lines: Interface | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** The answer; where the process dies of the request, that is the answer, and the next request has a new one. */
  async ask(cell: Cell, seconds: number): Promise<Reply> {
    const child = this.#started();
    const { n, m, dtype } = cell;
    const words = [n, m, dtype, this.#subject.threads, timedIterations(cell), seconds];
    const reply = await new Promise<Reply>((settle) => {
      const timer = setTimeout(() => {
        settle({ failed: `took more than ${MOST_MILLISECONDS / 1e3} s` });
        child.kill('SIGKILL');
      }, MOST_MILLISECONDS);
      const answer = (line: string): void => {
        if (!line.startsWith('{')) return; // SciPy's Fortran has things to say, too
        clearTimeout(timer);
        child.off('exit', gone);
        this.#lines!.off('line', answer);
        settle(JSON.parse(line) as Reply);
      };
      const gone = (code: number | null, signal: string | null): void => {
        clearTimeout(timer);
        this.#child = undefined;
        settle({ failed: `ended with ${signal ?? code ?? 'nothing'}` });
      };
      this.#lines!.on('line', answer);
      child.once('exit', gone);
      child.stdin!.write(`${words.join(' ')}\n`);
    });
    if (!this.#subject.lasting) this.close();
    return reply;
  }

  close(): void {
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #started(): ChildProcess {
    if (this.#child) return this.#child;
    const [command, ...args] = this.#subject.command;
    const child = spawn(command!, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => undefined); // 'exit' does not come then; the time limit tells
    child.stdin.on('error', () => undefined); // it has died; 'exit' tells
    this.#lines = createInterface({ input: child.stdout });
    this.#child = child;
    return child;
  }
}
