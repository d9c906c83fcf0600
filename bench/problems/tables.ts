// What the subjects made of the collection, in Markdown.

import { ACCURACIES } from '../../test/problems/collection/solve';
import { table } from '../output';
import type { Solved } from './play';

/** For each subject what it made of the problems, which are the same for all and in the same order. */
export type Played = ReadonlyMap<string, readonly Solved[]>;

/** A claim of convergence is false where (f - m) / (f0 - m) is above it. */
const FALSE_ABOVE = 1e-4;

/** All subjects; the first one is the one that the others are compared with, pair by pair. */
export function subjectsTable(played: Played): string {
  const [[reference, ofReference] = ['', []]] = played;
  const pairs = [1, 2].map((accuracy) => `to ${word(accuracy)}, its : those of ${reference} (fewer : problems)`);
  const rows = [...played].map(([subject, solved]) => [
    ...[subject, solvedText(solved), String(globalOf(solved)), String(evaluationsOf(solved))],
    ...[1, 2].map((accuracy) => (subject === reference ? '' : pairText(solved, ofReference, accuracy))),
    claimsText(solved),
  ]);
  const head = [`solved to ${ACCURACIES.map((_, i) => word(i)).join(' / ')}`, 'the global minimum', 'evaluations'];
  return table(['', ...head, ...pairs, 'false claims'], rows);
}

/** What a subject did not solve to the last accuracy, and which others did. */
export function unsolvedTable(played: Played): string {
  const [[reference, ofReference] = ['', []], ...others] = played;
  const last = ACCURACIES.length - 1;
  const rows = ofReference.flatMap(({ problem, n, status, gap, allEvaluations, evaluations }, i) => {
    if (evaluations[last] !== undefined) return [];
    const solvers = others.filter(([, solved]) => solved[i]!.evaluations[last] !== undefined).map(([name]) => name);
    return [[problem, String(n), status, gap.toExponential(1), String(allEvaluations), solvers.join(', ') || 'nobody']];
  });
  const title = `Not solved to ${word(last)} by ${reference}`;
  if (rows.length === 0) return `${title}: none.`;
  return `${title}:\n\n${table(['', 'n', 'status', 'where it ended', 'evaluations', 'solved by'], rows)}`;
}

/** One subject under several conditions; the first one is the one that sums of evaluations are compared with. */
export function conditionsTable(conditions: Played): string {
  const [[, base] = ['', []]] = conditions;
  const rows = [...conditions].map(([condition, solved]) => [
    ...[condition, String(solved.length), solvedText(solved), String(evaluationsOf(solved))],
    (evaluationsOf(solved) / evaluationsOf(base)).toFixed(2),
    ...[meanGap(solved).toExponential(1), String(solved.filter(({ gap }) => !(gap <= 1e-6)).length)],
    ...[String(solved.filter(({ status }) => status === 'line_search_failed').length), claimsText(solved)],
  ]);
  const head = ['problems', `solved to ${ACCURACIES.map((_, i) => word(i)).join(' / ')}`, 'evaluations', 'ratio'];
  const ends = ['mean gap', 'gap above 1e-6', '`line_search_failed`', 'false claims'];
  return table(['', ...head, ...ends], rows);
}

const word = (accuracy: number): string => ACCURACIES[accuracy]!.toExponential();

const solvedText = (solved: readonly Solved[]): string =>
  ACCURACIES.map((_, i) => solved.filter(({ evaluations }) => evaluations[i] !== undefined).length).join(' / ');

const globalOf = (solved: readonly Solved[]): number =>
  solved.filter(({ minimum, evaluations }) => minimum === 0 && evaluations.at(-1) !== undefined).length;

const evaluationsOf = (solved: readonly Solved[]): number =>
  solved.reduce((sum, { allEvaluations }) => sum + allEvaluations, 0);

/** Both sums, on the problems that both reach, and on how many of these the first one needs fewer evaluations. */
function pairText(one: readonly Solved[], other: readonly Solved[], accuracy: number): string {
  const both = one.flatMap(({ evaluations }, i) => {
    const [mine, theirs] = [evaluations[accuracy], other[i]!.evaluations[accuracy]];
    return mine === undefined || theirs === undefined ? [] : [{ mine, theirs }];
  });
  const [mine, theirs] = (['mine', 'theirs'] as const).map((of) => both.reduce((sum, pair) => sum + pair[of], 0));
  return `${mine!} : ${theirs!} (${both.filter((pair) => pair.mine < pair.theirs).length} : ${both.length})`;
}

function claimsText(solved: readonly Solved[]): string {
  const claims = solved.filter(({ converged }) => converged);
  if (claims.length === 0) return solved.every(({ converged }) => converged === false) ? '0 of 0' : 'claims nothing';
  return `${claims.filter(({ gap }) => !(gap <= FALSE_ABOVE)).length} of ${claims.length}`;
}

/** The geometric mean of |f - m| / (f0 - m), with 1e-16 for what is less. */
function meanGap(solved: readonly Solved[]): number {
  const logs = solved.map(({ gap }) => Math.log(Number.isFinite(gap) ? Math.max(Math.abs(gap), 1e-16) : 1));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
