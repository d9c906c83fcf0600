import type { TopLevelSpec } from 'vega-lite';
import { ADAM_COLOR, LBFGS_COLOR, THEME, writeSvg } from '../svg';
import { exact, TIMES } from './oscillator';
import type { Trained, Training } from './training';

const EXACT_COLOR = '#ced4da';
const SIZE = { width: 420, height: 260 };

/** Writes the picture as SVG: both losses by evaluations, and what the networks say of the oscillator. */
export async function writeChart(training: Training, file: string): Promise<void> {
  await writeSvg({ ...THEME, spacing: 48, bounds: 'flush', hconcat: [losses(training), solutions(training)] }, file);
}

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

const text = (words: string, color: string, align: 'left' | 'right') => ({
  ...{ type: 'text' as const, text: words, color, align, dx: align === 'left' ? 8 : -8 },
  ...{ fontSize: 13, fontWeight: 'bold' as const },
});

function losses({ adamLosses, lbfgsLosses, adamAlone, lbfgs }: Training): Panel {
  const adam = adamLosses.map((loss, i) => ({ evaluation: i + 1, loss }));
  const thinned = adam.filter((_, i) => i % 5 === 0); // the eye sees no more
  const encoding = {
    x: {
      ...{ field: 'evaluation', type: 'quantitative' as const, title: 'evaluations of loss and gradient' },
      axis: { format: ',.0f', grid: false, tickCount: 6 },
    },
    y: {
      ...{ field: 'loss', type: 'quantitative' as const, title: null },
      scale: { type: 'log' as const, nice: true },
      axis: { format: '.0e', domain: false, tickCount: 8 },
    },
  };
  const handedOn = lbfgsLosses[0]!;
  return {
    title: {
      text: 'Mean square residual of the differential equation',
      subtitle: `Adam alone ends at ${adamAlone.loss.toExponential(1)}, L-BFGS at ${lbfgs.loss.toExponential(1)}`,
    },
    ...SIZE,
    encoding,
    layer: [
      { data: { values: thinned }, mark: { type: 'line', strokeWidth: 1.2, color: ADAM_COLOR } },
      { data: { values: [...lbfgsLosses] }, mark: { type: 'line', strokeWidth: 2, color: LBFGS_COLOR } },
      { data: { values: [handedOn] }, mark: { type: 'circle', size: 50, color: LBFGS_COLOR, opacity: 1 } },
      {
        data: { values: [adam.at(Math.floor(adam.length * 0.7))!] },
        mark: { ...text('Adam', ADAM_COLOR, 'left'), dy: -16 },
      },
      {
        data: { values: [lbfgsLosses[Math.floor(lbfgsLosses.length * 0.4)]!] },
        mark: { ...text('L-BFGS', LBFGS_COLOR, 'left'), dy: -8 },
      },
    ],
  };
}

function solutions({ afterAdam, lbfgs }: Training): Panel {
  const points = (values: ArrayLike<number>) => Array.from(TIMES, (t, i) => ({ t, u: values[i]! }));
  const line = ({ solution }: Trained, color: string) => ({
    data: { values: points(solution) },
    mark: { type: 'line' as const, strokeWidth: 2, color },
  });
  const errors = [afterAdam, lbfgs].map(({ error }) => error.toPrecision(2));
  return {
    title: {
      text: 'The oscillator, as the network has learnt it',
      subtitle: `grey: exact. Largest error: ${errors[0]!} after Adam's part, ${errors[1]!} after L-BFGS`,
    },
    ...SIZE,
    encoding: {
      x: { field: 't', type: 'quantitative', title: 't', axis: { grid: false } },
      y: { field: 'u', type: 'quantitative', title: null, axis: { domain: false } },
    },
    layer: [
      { data: { values: points(TIMES.map(exact)) }, mark: { type: 'line', strokeWidth: 8, color: EXACT_COLOR } },
      line(afterAdam, ADAM_COLOR),
      line(lbfgs, LBFGS_COLOR),
    ],
  };
}
