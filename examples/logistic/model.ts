import { MEASUREMENTS, SPECIES, type Penguin } from './penguins';

const [CLASSES, FEATURES] = [SPECIES.length, MEASUREMENTS.length];

/** Where a coefficient is: biases first, one for each species, then for each measurement one for each species. */
export const indexOf = (species: number, measurement: number): number => CLASSES * (measurement + 1) + species;

/** Biases and coefficients together. */
export const SIZE = CLASSES * (FEATURES + 1);

/** One number for each coefficient, by its measurement; another one for the biases. */
export function perCoefficient(bias: number, valueOf: (measurement: number) => number): Float64Array {
  const x = new Float64Array(SIZE).fill(bias, 0, CLASSES);
  for (let j = 0; j < FEATURES; j++) x.fill(valueOf(j), indexOf(0, j), indexOf(0, j + 1));
  return x;
}

/** What each species scores: a bias and a coefficient times each measurement, raw. */
function scoresOf({ measured }: Penguin, x: Float64Array): number[] {
  return SPECIES.map((_, c) => measured.reduce((sum, value, j) => sum + x[indexOf(c, j)]! * value, x[c]!));
}

/** The mean of -log p(species), p by the softmax of the scores; fills the gradient. */
export function crossEntropy(penguins: readonly Penguin[], x: Float64Array, gradient: Float64Array): number {
  let sum = 0;
  gradient.fill(0);
  for (const penguin of penguins) {
    const scores = scoresOf(penguin, x);
    const most = Math.max(...scores); // taken off, so that nothing overflows
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((part, power) => part + power, 0);
    const own = SPECIES.indexOf(penguin.species);
    sum += Math.log(total) + most - scores[own]!;
    for (const [c, power] of powers.entries()) {
      const slope = (power / total - (c === own ? 1 : 0)) / penguins.length;
      gradient[c]! += slope;
      for (const [j, value] of penguin.measured.entries()) gradient[indexOf(c, j)]! += slope * value;
    }
  }
  return sum / penguins.length;
}

/** The share of penguins whose own species scores highest. */
export function accuracy(penguins: readonly Penguin[], x: Float64Array): number {
  const right = penguins.filter((penguin) => {
    const scores = scoresOf(penguin, x);
    return scores.indexOf(Math.max(...scores)) === SPECIES.indexOf(penguin.species);
  });
  return right.length / penguins.length;
}
