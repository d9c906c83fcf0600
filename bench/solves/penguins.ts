import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A sample a row: its features, a leading 1 among them, and last its label, 1 or -1. */
export interface Samples {
  readonly rows: number;
  readonly columns: number;
  /** rows x columns, row after row. */
  readonly values: readonly number[];
}

const MEASUREMENTS = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'];

/**
 * Is it a male? The penguins of the Palmer Archipelago (K. Gorman, Palmer Station LTER; CC0), from `vega-datasets`: the 333
 * whose sex is known. Features: every product of up to three of the four standardised measurements, and for two of the
 * three species an indicator and its products with the measurements. 45 in all, much of one another: ill-conditioned, as
 * such features are.
 */
export function readPenguins(): Samples {
  const file = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'penguins.json');
  const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | number | null>[];
  const known = all.filter(({ Sex }) => Sex === 'MALE' || Sex === 'FEMALE');
  const columns = MEASUREMENTS.map((name) => standardised(known.map((penguin) => penguin[name] as number)));
  const table = known.map(({ Species, Sex }, i) => {
    const measured = columns.map((column) => column[i]!);
    const species = ['Adelie', 'Gentoo'].flatMap((name) => [1, ...measured].map((v) => (Species === name ? v : 0)));
    return [...productsUpTo(3, measured), ...species, Sex === 'MALE' ? 1 : -1];
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
