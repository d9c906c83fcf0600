// The line searches there are, by their names in options, state dicts and checkpoints.

/** The name of a line search. */
export type LineSearchFn = 'strong_wolfe' | 'noise_tolerant';

/** All of them, in the order of native/core/line_search/line_search.cpp. */
export const LINE_SEARCHES: readonly LineSearchFn[] = ['strong_wolfe', 'noise_tolerant'];

/** What the option lineSearchFn may be. */
export const lineSearchRule = {
  expected: `${LINE_SEARCHES.map((name) => `'${name}'`).join(', ')} or null`,
  accepts: (value: unknown): boolean => value === null || LINE_SEARCHES.includes(value as LineSearchFn),
};
