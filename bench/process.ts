// A subject in a process of its own, and the rounds of all subjects; protocol.ts has the messages.

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Objective } from 'lbfgs';
import { say } from './output';
import type { Reply, Request } from './protocol';
import type { Subject } from './subjects';

const MOST_MILLISECONDS = 300_000;

export class SubjectProcess {
  readonly #subject: Subject;
  #child: ChildProcess | undefined;
  #lines: Interface | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /**
   * Sends a request, and resolves to the reply. Where the process ends before it replies, the reply is `failed`, and
   * the next request starts a new process. fun: the objective of a request whose values are the parent's.
   */
  async ask(request: Request, fun?: Objective): Promise<Reply> {
    const child = this.#started();
    const reply = await new Promise<Reply>((settle) => {
      const finish = (reply: Reply): void => {
        clearTimeout(timer);
        child.off('exit', gone);
        this.#lines!.off('line', answer);
        settle(reply);
      };
      const answer = (line: string): void => {
        if (!line.startsWith('{')) return; // SciPy's Fortran prints lines of its own
        const json = JSON.parse(line) as Reply | { x: readonly (number | string)[] };
        if ('x' in json) child.stdin!.write(`${valuesAt(fun!, json.x)}\n`);
        else finish(json);
      };
      const fail = (failed: string): void => {
        this.#child = undefined;
        child.kill('SIGKILL');
        finish({ failed });
      };
      const gone = (code: number | null, signal: string | null): void => {
        fail(`ended with ${signal ?? code ?? 'nothing'}`);
      };
      const timer = setTimeout(fail, MOST_MILLISECONDS, `took more than ${MOST_MILLISECONDS / 1e3} s`);
      this.#lines!.on('line', answer);
      child.once('exit', gone);
      child.stdin!.write(`${JSON.stringify({ ...request, threads: this.#subject.threads })}\n`);
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
    const threads = String(this.#subject.threads);
    const env = {
      ...process.env,
      LBFGS_THREADS: threads,
      OMP_NUM_THREADS: threads,
      OMP_WAIT_POLICY: 'PASSIVE', // without it Debian's torch is up to five times slower on two threads
      OPENBLAS_NUM_THREADS: '1',
      PYTHONDONTWRITEBYTECODE: '1', // no files beside the sources
    };
    const child = spawn(command!, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => undefined); // there is no 'exit' then; the time limit ends the request
    child.stdin.on('error', () => undefined); // the process has ended; 'exit' ends the request
    this.#lines = createInterface({ input: child.stdout });
    this.#child = child;
    return child;
  }
}

/** The loss and the gradient at the point, as JSON. Numbers that are not finite are sent as texts. */
function valuesAt(fun: Objective, point: readonly (number | string)[]): string {
  const x = Float64Array.from(point, Number);
  const g = new Float64Array(x.length);
  const f = fun(x, g);
  const words = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
  return JSON.stringify({ f: words(f), g: Array.from(g, words) });
}

/** Why there is no figure, or null. */
export function refusalOf(replies: readonly Reply[]): string | null {
  for (const reply of replies) {
    if ('failed' in reply) return `failed: ${reply.failed}`;
    if ('unavailable' in reply) return reply.unavailable;
  }
  return null;
}

/** One request to one subject, in every round. */
export interface Job {
  readonly title: string;
  readonly subject: Subject;
  readonly request: Request;
  readonly fun?: Objective; // for values of the parent's
}

/**
 * Runs all jobs in turn, round after round, so that other work of the machine affects all alike. Each round has new
 * processes.
 */
export async function play(jobs: readonly Job[], rounds: number): Promise<Map<Job, Reply[]>> {
  const replies = new Map<Job, Reply[]>(jobs.map((job) => [job, []]));
  for (let round = 1; round <= rounds; round++) {
    const processes = new Map(jobs.map(({ subject }) => [subject, new SubjectProcess(subject)]));
    for (const [job, before] of replies) {
      if (refusalOf(before) !== null) continue; // the subject would refuse again
      say(`round ${round} of ${rounds}: ${job.title}, ${job.subject.name}`);
      before.push(await processes.get(job.subject)!.ask(job.request, job.fun));
    }
    for (const one of processes.values()) one.close();
  }
  if (process.stderr.isTTY) say('');
  return replies;
}
