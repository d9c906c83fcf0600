// The picture of docs/distributed.md: the time of an iteration over the number of processes, a line for each n.

import type { TopLevelSpec } from 'vega-lite';
import { CONFIG, INK, writePicture } from '../chart';
import type { Costs } from './costs';
import { iterationOf, type Setting } from './model';

// Of middling lightness, so that they are read on white and on black alike.
const COLORS = ['#7950f2', '#15aabf', '#40c057', '#f76707'];

export function drawChart(settings: readonly Setting[], costs: Costs, file: string): Promise<void> {
  const points = settings.map((setting) => ({
    network: setting.network.label,
    n: `n = ${setting.n.toExponential(0).replace('e+', 'e')}`,
    ranks: setting.ranks,
    milliseconds: iterationOf(setting, costs).total / 1e3,
  }));
  const namesOf = (field: 'network' | 'n'): string[] => [...new Set(points.map((point) => point[field]))];
  const ranks = [...new Set(settings.map((setting) => setting.ranks))];
  const m = settings[0]?.m ?? 0;
  const spec: TopLevelSpec = {
    background: 'transparent',
    padding: 16,
    config: { ...CONFIG, header: { labelColor: INK, labelFontSize: 13, title: null } },
    title: {
      text: 'Milliseconds per iteration over the number of processes, simulated',
      subtitle: `m = ${m}, float64, without the closure; passes measured on ${costs.machine}`,
    },
    data: { values: points },
    facet: { column: { field: 'network', type: 'nominal', sort: namesOf('network'), title: null } },
    spec: {
      width: 300,
      height: 340,
      mark: { type: 'line', strokeWidth: 2.5, point: { size: 30 } },
      encoding: {
        x: {
          field: 'ranks',
          type: 'quantitative',
          title: 'processes',
          scale: { type: 'log', base: 2, nice: false },
          axis: { values: ranks, grid: false, labelOverlap: true },
        },
        y: {
          field: 'milliseconds',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', nice: false },
          axis: { values: [0.01, 0.1, 1, 10, 100, 1000, 1e4], format: ',~r' },
        },
        color: {
          field: 'n',
          type: 'nominal',
          sort: namesOf('n'),
          title: null,
          scale: { domain: namesOf('n'), range: COLORS },
          legend: { symbolType: 'stroke', symbolStrokeWidth: 3, labelFontSize: 12 },
        },
      },
    },
  };
  return writePicture(spec, file);
}
