import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The measurements, in the units that they were taken in. */
export const MEASUREMENTS = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'] as const;

export const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'] as const;

export interface Penguin {
  readonly species: (typeof SPECIES)[number];
  /** Known of 333 of the 344. */
  readonly sex: 'MALE' | 'FEMALE' | undefined;
  /** One for each of MEASUREMENTS. */
  readonly measured: readonly number[];
}

/**
 * Reads the penguins of the Palmer Archipelago (K. Gorman, Palmer Station LTER; CC0) from the `vega-datasets` package:
 * the 342 that were measured, of 344.
 */
export function readPenguins(): Penguin[] {
  const file = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'penguins.json');
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | number | null>[];
  return rows.flatMap((row) => {
    const measured = MEASUREMENTS.map((name) => row[name]);
    if (!measured.every((value) => typeof value === 'number')) return [];
    const sex = row['Sex'] === 'MALE' || row['Sex'] === 'FEMALE' ? row['Sex'] : undefined;
    return [{ species: row['Species'] as Penguin['species'], sex, measured }];
  });
}
