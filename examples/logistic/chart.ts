import type { TopLevelSpec } from 'vega-lite';
import { THEME, writeSvg } from '../svg';
import { indexOf } from './model';
import type { Path } from './path';
import { MEASUREMENTS, SPECIES } from './penguins';

const COLORS = ['#1864ab', '#d9480f', '#2b8a3e', '#862e9c'];

/** Writes the picture as SVG: how the coefficients of each species enter while the weight of the penalty falls. */
export async function writeChart(path: Path, file: string): Promise<void> {
  await writeSvg(picture(path), file);
}

function picture({ knots, spreads }: Path): TopLevelSpec {
  const values = knots.flatMap(({ weight, x }) =>
    SPECIES.flatMap((species, c) =>
      MEASUREMENTS.map((measurement, j) => ({
        ...{ species, weight, measurement },
        effect: Number((x[indexOf(c, j)]! * spreads[j]!).toPrecision(6)),
      })),
    ),
  );
  const weights = knots.map(({ weight }) => weight);
  return {
    ...THEME,
    title: {
      text: 'Which measurements tell the species: coefficients enter while the L1 penalty falls',
      subtitle: 'the change of a score, by one standard deviation of the measurement',
    },
    hconcat: SPECIES.map((species) => ({
      title: { text: species, fontSize: 13 },
      width: 260,
      height: 260,
      data: { values: values.filter((value) => value.species === species) },
      mark: { type: 'line' as const, strokeWidth: 2 },
      encoding: {
        x: {
          ...{ field: 'weight', type: 'quantitative' as const, title: 'weight of the penalty' },
          scale: { type: 'log' as const, domain: [Math.max(...weights), Math.min(...weights)], nice: false },
          axis: { format: '.0e', values: [0.1, 0.01, 0.001], grid: false },
        },
        y: { field: 'effect', type: 'quantitative' as const, title: null },
        color: {
          ...{ field: 'measurement', type: 'nominal' as const, title: null },
          scale: { domain: [...MEASUREMENTS], range: COLORS },
          legend: { orient: 'bottom' as const, labelLimit: 0 },
        },
      },
    })),
  };
}
