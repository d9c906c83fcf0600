// Repeatable random numbers.

/** Numbers in [-1, 1): the linear congruential generator of Knuth and Lewis (Numerical Recipes, section 7.1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
