// The results of the subjects on the problems in boxes, as tables in Markdown.

import { ACCURACIES } from '../../test/problems/collection/bounded/solve';
import { table } from '../output';
import { pairTexts, sum } from '../problems/tables';
import type { SolvedInBox } from './play';

/** For each subject its results on the problems, which are the same for all; null: the subject has no such problems. */
export type PlayedInBox = ReadonlyMap<string, readonly (SolvedInBox | null)[]>;

/** A solve at defaults has ended well within this distance of a minimum: 1e-6. */
const ENDED_WITHIN = ACCURACIES[0];

const word = (accuracy: number): string => ACCURACIES[accuracy]!.toExponential();
const each = ACCURACIES.map((_, accuracy) => accuracy);

/** Evaluations, with the tolerances off, on the problems that all of the subjects reach. */
export function togetherTable(tight: PlayedInBox): string {
  const all = [...tight.values()];
  const common = each.map((accuracy) =>
    [...all[0]!.keys()].filter((i) => all.every((solved) => solved[i]?.evaluations[accuracy] !== undefined)),
  );
  const rows = [...tight].map(([subject, solved]) => [
    subject,
    `${reachedText(solved)} of ${solved.filter((one) => one !== null).length}`,
    ...each.map((accuracy) => {
      const counts = common[accuracy]!.map((i) => solved[i]!.evaluations[accuracy]!);
      const mean = Math.exp(sum(counts.map(Math.log)) / counts.length);
      return counts.length === 0 ? '' : `${sum(counts)} / ${mean.toFixed(1)}`;
    }),
  ]);
  const head = each.map((accuracy) => `to ${word(accuracy)}, on the ${common[accuracy]!.length} that all reach`);
  return table(['sum / geometric mean of evaluations', `reached ${each.map(word).join(' / ')}`, ...head], rows);
}

/** The evaluations of the first subject beside those of each other one, on the problems that both reach. */
export function pairsInBoxTable(tight: PlayedInBox): string {
  const [[reference, ofReference] = ['', []], ...others] = tight;
  const counted = (solved: readonly (SolvedInBox | null)[]) =>
    solved.map((one) => one ?? { evaluations: ACCURACIES.map(() => undefined) });
  const rows = others.map(([subject, solved]) => [
    subject,
    ...each.flatMap((accuracy) => pairTexts(counted(solved), counted(ofReference), accuracy)),
  ]);
  const head = each.flatMap((accuracy) => [`to ${word(accuracy)}, its : ${reference}`, 'mean ratio', 'it needs fewer']);
  return table(['', ...head], rows);
}

/** Where each subject ends at its defaults, and in how many problems it left the box. */
export function endingsTable(defaults: PlayedInBox, tight: PlayedInBox): string {
  const rows = [...defaults].map(([subject, solved]) => {
    const taken = solved.filter((one) => one !== null);
    const tightly = tight.get(subject)!.filter((one) => one !== null);
    const outside = (of: readonly SolvedInBox[]): string => String(of.filter((one) => one.outside > 0).length);
    return [
      subject,
      `${taken.filter(isWell).length} of ${taken.length}`,
      `${taken.filter((one) => one.converged && !isWell(one)).length} of ${taken.filter(({ converged }) => converged).length}`,
      String(sum(taken.map(({ allEvaluations }) => allEvaluations))),
      ...[outside(taken), outside(tightly)],
    ];
  });
  const head = [
    `ended within ${ENDED_WITHIN.toExponential()}`,
    'converged elsewhere',
    'evaluations',
    'problems with evaluations outside the box',
    'the same with tolerances off',
  ];
  return table(['at defaults', ...head], rows);
}

/** The problems that the first subject does not solve, at its defaults or with the tolerances off. */
export function unsolvedInBoxTable(defaults: PlayedInBox, tight: PlayedInBox): string {
  const [[reference, ofReference] = ['', []], ...others] = defaults;
  const tightly = tight.get(reference)!;
  const rows = ofReference.flatMap((one, i) => {
    const other = tightly[i];
    if (!one || !other || (isWell(one) && other.evaluations.at(-1) !== undefined)) return [];
    const solvers = others.flatMap(([name, solved]) => (solved[i] && isWell(solved[i]) ? [name] : []));
    const texts = ({ gap, status, allEvaluations }: SolvedInBox): string[] => [
      ...[gap.toExponential(1), status, String(allEvaluations)],
    ];
    return [[one.problem, String(one.n), ...texts(one), ...texts(other), solvers.join(', ') || 'nobody']];
  });
  const title = `Not solved by ${reference}`;
  if (rows.length === 0) return `${title}: none.`;
  const ending = ['ended at', 'status', 'evaluations'];
  const head = ['', 'n', ...ending.map((text) => `defaults: ${text}`), ...ending.map((text) => `tight: ${text}`)];
  return `${title}:\n\n${table([...head, 'at defaults solved by'], rows)}`;
}

const isWell = ({ gap, outside }: SolvedInBox): boolean => Math.abs(gap) <= ENDED_WITHIN && outside === 0;

const reachedText = (solved: readonly (SolvedInBox | null)[]): string =>
  each.map((accuracy) => solved.filter((one) => one?.evaluations[accuracy] !== undefined).length).join(' / ');
