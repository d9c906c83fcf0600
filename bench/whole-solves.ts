// Whole solves of a function of two variables, n = 2: rounds of all subjects in turn, as the iterations are measured.

import { HarnessProcess, isRefusal, type Reply, type WholeSolve } from './harness-process';
import { median } from './statistics';
import type { Subject } from './subjects';

/** What all rounds say of a subject; times in nanoseconds. */
export interface WholeSolveResult {
  readonly subject: string;
  readonly solve: number | null; // the median round's
  readonly spread: readonly [number, number]; // the fastest and the slowest round's
  readonly evaluations: number;
  readonly construction: number | null; // the median round's; null for those that do not tell
  readonly constructionSpread: readonly [number, number] | null;
  readonly note: string | null; // why there is no figure
}

const CELL = { n: 2, m: 10, dtype: 'float64' } as const;

export async function measureWholeSolves(
  subjects: readonly Subject[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  say: (text: string) => void,
): Promise<{ results: WholeSolveResult[]; missing: string[] }> {
  const replies = new Map<Subject, Reply[]>();
  const missing: string[] = [];
  for (const subject of subjects) {
    const why = subject.missing();
    if (why === null) replies.set(subject, []);
    else missing.push(`${subject.name}, a whole solve: ${why}`);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, before] of replies) {
      if (before.some(isRefusal)) continue; // it would say so again
      say(`round ${round} of ${rounds}: a whole solve, n = 2, ${subject.name}`);
      const harness = new HarnessProcess(subject);
      before.push(await harness.ask(CELL, seconds));
      harness.close();
    }
  }
  return { results: [...replies].map(([subject, of]) => summarise(subject, of)), missing };
}

function summarise({ name }: Subject, replies: readonly Reply[]): WholeSolveResult {
  const solves = replies.filter((reply): reply is WholeSolve => 'solve' in reply);
  const refusal = replies.find(isRefusal);
  const note = refusal === undefined ? null : 'failed' in refusal ? `failed: ${refusal.failed}` : refusal.unavailable;
  const times = solves.map((reply) => reply.solve);
  const constructions = solves.flatMap(({ construction }) => construction ?? []);
  return {
    subject: name,
    solve: note === null ? median(times) : null,
    spread: spreadOf(times),
    evaluations: median(solves.map((reply) => reply.evaluations)),
    construction: constructions.length === 0 ? null : median(constructions),
    constructionSpread: constructions.length === 0 ? null : spreadOf(constructions),
    note,
  };
}

const spreadOf = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];
