import { MEASUREMENTS, readPenguins } from '../../examples/logistic/penguins';

/** A table with a row for each sample: its features, the first of them 1, then its label, 1 or -1. */
export interface Samples {
  readonly rows: number;
  readonly columns: number;
  /** rows x columns, row after row. */
  readonly values: readonly number[];
}

/**
 * The 333 penguins of examples/logistic whose sex is known; the label is 1 for males. The 45 features are all products
 * of up to three of the four standardised measurements, and for two of the three species an indicator and its products
 * with the measurements. They are strongly correlated, so that the problem is ill-conditioned.
 */
export function sexOfPenguins(): Samples {
  const known = readPenguins().filter(({ sex }) => sex !== undefined);
  const columns = MEASUREMENTS.map((_, j) => standardised(known.map(({ measured }) => measured[j]!)));
  const table = known.map((penguin, i) => {
    const measured = columns.map((column) => column[i]!);
    const species = ['Adelie', 'Gentoo'].flatMap((name) =>
      [1, ...measured].map((value) => (penguin.species === name ? value : 0)),
    );
    return [...productsUpTo(3, measured), ...species, penguin.sex === 'MALE' ? 1 : -1];
  });
  return { rows: table.length, columns: table[0]!.length, values: table.flat() };
}

/** The values less their mean, over their standard deviation. */
function standardised(values: readonly number[]): number[] {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const centre = mean(values);
  const width = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return values.map((value) => (value - centre) / width);
}

/** 1, then the products of up to `degree` of the values, each combination once. */
function productsUpTo(degree: number, values: readonly number[]): number[] {
  if (degree === 0) return [1];
  return [1, ...values.flatMap((value, i) => productsUpTo(degree - 1, values.slice(i)).map((rest) => value * rest))];
}
