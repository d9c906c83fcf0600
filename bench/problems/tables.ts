// The results of the subjects on the collection, as tables in Markdown.

import { ACCURACIES } from '../../test/problems/collection/solve';
import { table } from '../output';
import type { Solved } from './play';

/** For each subject its results on the problems, which are the same for all and in the same order. */
export type Played = ReadonlyMap<string, readonly Solved[]>;

/** For each accuracy the evaluations that it took, or undefined. */
interface Counted {
  readonly evaluations: readonly (number | undefined)[];
}

/** A claim of convergence is false where (f - m) / (f0 - m) is above it. */
const FALSE_ABOVE = 1e-4;
/** The accuracies up to which evaluations are compared: 1e-6 and 1e-9. */
const PAIRED = [1, 2];

/** What each subject solves, with how many evaluations, and how often its claim to have converged is false. */
export function subjectsTable(played: Played): string {
  const all = [...played.values()];
  const common = ACCURACIES.map((_, accuracy) => {
    const isReached = (i: number): boolean => all.every((solved) => solved[i]!.evaluations[accuracy] !== undefined);
    return [...all[0]!.keys()].filter(isReached);
  });
  const rows = [...played].map(([subject, solved]) => [
    ...[subject, solvedText(solved), String(globalOf(solved)), claimsText(solved), String(evaluationsOf(solved))],
    ...PAIRED.map((accuracy) => String(sum(common[accuracy]!.map((i) => solved[i]!.evaluations[accuracy]!)))),
  ]);
  const shared = PAIRED.map((accuracy) => `to ${word(accuracy)} on the ${common[accuracy]!.length} that all reach`);
  return table(['', SOLVED, 'the global minimum', 'false claims', 'evaluations', ...shared], rows);
}

/** The evaluations of the first subject beside those of each other one, on the problems that both reach. */
export function pairsTable(played: Played): string {
  const [[reference, ofReference] = ['', []], ...others] = played;
  const rows = others.map(([subject, solved]) => [
    subject,
    ...PAIRED.flatMap((accuracy) => pairTexts(solved, ofReference, accuracy)),
  ]);
  const head = PAIRED.flatMap((accuracy) => [
    `to ${word(accuracy)}, its : ${reference}`,
    'mean ratio',
    'it needs fewer',
  ]);
  return table(['', ...head], rows);
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
  const head = ['problems', SOLVED, 'evaluations', 'ratio'];
  const ends = ['mean gap', 'gap above 1e-6', '`line_search_failed`', 'false claims'];
  return table(['', ...head, ...ends], rows);
}

const word = (accuracy: number): string => ACCURACIES[accuracy]!.toExponential();
const SOLVED = `solved to ${ACCURACIES.map((_, i) => word(i)).join(' / ')}`;

const solvedText = (solved: readonly Solved[]): string =>
  ACCURACIES.map((_, i) => solved.filter(({ evaluations }) => evaluations[i] !== undefined).length).join(' / ');

const globalOf = (solved: readonly Solved[]): number =>
  solved.filter(({ minimum, evaluations }) => minimum === 0 && evaluations.at(-1) !== undefined).length;

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const evaluationsOf = (solved: readonly Solved[]): number => sum(solved.map(({ allEvaluations }) => allEvaluations));

/** Both sums; the geometric mean of the ratios; on how many problems the first one needs fewer evaluations. */
export function pairTexts(one: readonly Counted[], other: readonly Counted[], accuracy: number): string[] {
  const both = one.flatMap(({ evaluations }, i) => {
    const [its, ours] = [evaluations[accuracy], other[i]!.evaluations[accuracy]];
    return its === undefined || ours === undefined ? [] : [{ its, ours }];
  });
  const ratio = Math.exp(sum(both.map(({ its, ours }) => Math.log(its / ours))) / both.length);
  const sums = `${sum(both.map(({ its }) => its))} : ${sum(both.map(({ ours }) => ours))}`;
  return [sums, ratio.toFixed(2), `${both.filter(({ its, ours }) => its < ours).length} of ${both.length}`];
}

function claimsText(solved: readonly Solved[]): string {
  const claims = solved.filter(({ converged }) => converged);
  if (claims.length === 0) return solved.every(({ converged }) => converged === false) ? '0 of 0' : 'makes none';
  return `${claims.filter(({ gap }) => !(gap <= FALSE_ABOVE)).length} of ${claims.length}`;
}

/** The geometric mean of |f - m| / (f0 - m), with 1e-16 for smaller values and 1 for those that are not finite. */
function meanGap(solved: readonly Solved[]): number {
  const logs = solved.map(({ gap }) => Math.log(Number.isFinite(gap) ? Math.max(Math.abs(gap), 1e-16) : 1));
  return Math.exp(sum(logs) / logs.length);
}
