import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Penguin {
  readonly Species: string;
  readonly Sex: string | null;
  readonly 'Beak Length (mm)': number | null;
  readonly 'Beak Depth (mm)': number | null;
  readonly 'Flipper Length (mm)': number | null;
  readonly 'Body Mass (g)': number | null;
}

/** A sample a row: its features, a leading 1 among them, and last its label, 1 or -1. */
export interface Samples {
  readonly rows: number;
  readonly columns: number;
  /** rows x columns, row after row. */
  readonly values: Float64Array;
}

/**
 * Is it a male? The penguins of the Palmer Archipelago (K. Gorman, Palmer Station LTER; CC0), from `vega-datasets`: the 333
 * whose sex is known. Features: every product of up to three of the four standardised measurements, and for two of the
 * three species an indicator and its products with the measurements. 45 in all, much of one another: ill-conditioned, as
 * such features are.
 */
export function readPenguins(): Samples {
  const file = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'penguins.json');
  const known = (JSON.parse(readFileSync(file, 'utf8')) as Penguin[]).filter(({ Sex }) =>
    /^(FE)?MALE$/.test(Sex ?? ''),
  );
  const measured = standardised(
    known.map((penguin) => [
      penguin['Beak Length (mm)']!,
      penguin['Beak Depth (mm)']!,
      penguin['Flipper Length (mm)']!,
      penguin['Body Mass (g)']!,
    ]),
  );
  const table = known.map(({ Species, Sex }, i) => {
    const species = ['Adelie', 'Gentoo'].flatMap((name) => [1, ...measured[i]!].map((v) => (Species === name ? v : 0)));
    return [...productsUpTo(3, measured[i]!), ...species, Sex === 'MALE' ? 1 : -1];
  });
  return { rows: table.length, columns: table[0]!.length, values: Float64Array.from(table.flat()) };
}

/** Each column less its mean, over its standard deviation. */
function standardised(table: readonly (readonly number[])[]): number[][] {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const scales = table[0]!.map((_, column) => {
    const values = table.map((row) => row[column]!);
    const centre = mean(values);
    return { centre, width: Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) };
  });
  return table.map((row) => row.map((value, column) => (value - scales[column]!.centre) / scales[column]!.width));
}

/** 1, then the products of up to `degree` of the values, each combination once. */
function productsUpTo(degree: number, values: readonly number[]): number[] {
  if (degree === 0) return [1];
  return [1, ...values.flatMap((value, i) => productsUpTo(degree - 1, values.slice(i)).map((rest) => value * rest))];
}
