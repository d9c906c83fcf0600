import type { TopLevelSpec } from 'vega-lite';
import { ADAM_COLOR, LBFGS_COLOR, THEME, writeSvg } from '../svg';
import { EPOCH } from './data';
import { seasonAt, trendAt } from './model';
import { bestSoFar, evaluationsTo, type Outcome, TARGET_RMSE } from './outcome';

const RECORD_COLOR = '#8a94a3';
const ZOOM_YEARS = 8;

type Panel = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];
type Layer = Extract<Panel, { layer: unknown }>['layer'][number];
type Encoding = NonNullable<Extract<Layer, { mark: unknown }>['encoding']>;
type X = NonNullable<Encoding['x']>;
type Y = NonNullable<Encoding['y']>;

/** Writes the picture as SVG: the record with the fit, the last years of it closer, and both loss curves. */
export async function writeChart(outcome: Outcome, file: string): Promise<void> {
  await writeSvg(picture(outcome), file);
}

function picture(outcome: Outcome): TopLevelSpec {
  const { record, fit } = outcome;
  const rmse = Math.sqrt(fit.report.loss).toFixed(2);
  const end = record.at(-1)?.t ?? NaN;
  return {
    ...THEME,
    spacing: 36,
    vconcat: [
      recordPanel(outcome, -Infinity, {
        title: 'CO₂ at Mauna Loa, ppm',
        subtitle: `${record.length} monthly means and the fit: level, growth, three harmonics; RMSE ${rmse} ppm`,
        width: 895,
        pointSize: 9,
        samplesPerYear: 24,
        lineWidth: 1.1,
      }),
      {
        spacing: 48,
        hconcat: [
          recordPanel(outcome, end - ZOOM_YEARS, {
            title: `The last ${ZOOM_YEARS} years, closer`,
            subtitle: ['dots: the record', 'line: the fit'],
            width: 400,
            pointSize: 26,
            samplesPerYear: 60,
            lineWidth: 1.8,
          }),
          lossPanel(outcome),
        ],
      },
    ],
  };
}

interface RecordPanel {
  readonly title: string;
  readonly subtitle: string | string[];
  readonly width: number;
  readonly pointSize: number;
  readonly samplesPerYear: number; // of the fit's line
  readonly lineWidth: number;
}

/** The months from `t` on as dots, the fit as a line. */
function recordPanel({ record, fit }: Outcome, from: number, look: RecordPanel): Panel {
  const months = record.filter(({ t }) => t >= from).map(({ t, ppm }) => ({ year: EPOCH + t, ppm }));
  const [first, last] = [months.at(0)?.year ?? NaN, months.at(-1)?.year ?? NaN];
  const line = Array.from({ length: Math.round((last - first) * look.samplesPerYear) + 1 }, (_, i) => {
    const t = first - EPOCH + i / look.samplesPerYear;
    return { year: EPOCH + t, ppm: trendAt(t, fit.x) + seasonAt(t, fit.x) };
  });
  const x: X = {
    field: 'year',
    type: 'quantitative',
    title: null,
    scale: { zero: false, nice: false },
    axis: { format: 'd', grid: false, tickCount: 8 },
  };
  const y: Y = {
    field: 'ppm',
    type: 'quantitative',
    title: null,
    scale: { zero: false },
    axis: { tickCount: 6, domain: false },
  };
  return {
    title: { text: look.title, subtitle: look.subtitle },
    width: look.width,
    height: 240,
    layer: [
      { data: { values: months }, mark: { type: 'circle', size: look.pointSize, color: RECORD_COLOR, opacity: 1 } },
      { data: { values: line }, mark: { type: 'line', strokeWidth: look.lineWidth, color: LBFGS_COLOR } },
    ],
    encoding: { x, y },
  };
}

/** The lowest RMSE so far by evaluation, of L-BFGS and of Adam's best run, both axes logarithmic. */
function lossPanel({ fit, adam }: Outcome): Panel {
  const ours = evaluationsTo(TARGET_RMSE, fit.losses);
  const count = adam.losses.length.toLocaleString('en');
  const theirs = adam.reached ? `after ${count}` : `not in ${count}`;
  const x: X = {
    field: 'evaluation',
    type: 'quantitative',
    title: 'evaluations of loss and gradient',
    scale: { type: 'log', nice: false },
    axis: { values: [1, 10, 100, 1000, 10000], format: ',', grid: false },
  };
  const y: Y = {
    field: 'rmse',
    type: 'quantitative',
    title: null,
    scale: { type: 'log', domain: [0.68, 2.5] },
    axis: { values: [0.75, 1, 1.5, 2], format: '.2~f', domain: false },
  };
  const curve = (losses: readonly number[], color: string): Layer => ({
    data: { values: bestSoFar(losses) },
    mark: { type: 'line', strokeWidth: 2, color },
    encoding: { x, y },
  });
  const label = (
    text: string,
    losses: readonly number[],
    at: number,
    color: string,
    align: 'left' | 'right',
  ): Layer => ({
    data: {
      values: bestSoFar(losses)
        .filter(({ evaluation }) => evaluation >= at)
        .slice(0, 1),
    },
    mark: { type: 'text', text, align, dx: align === 'left' ? 10 : -10, fontSize: 13, fontWeight: 'bold', color },
    encoding: { x, y },
  });
  return {
    title: {
      text: 'RMSE from the same start, ppm',
      subtitle: [
        `L-BFGS: ${TARGET_RMSE} ppm ${ours === null ? 'not reached' : `after ${ours} evaluations`}`,
        `Adam, best learning rate (${adam.lr}): ${theirs}`,
      ],
    },
    width: 400,
    height: 240,
    layer: [
      {
        data: { values: [{ rmse: TARGET_RMSE }] },
        mark: { type: 'rule', strokeDash: [4, 4], color: '#868e96' },
        encoding: { y },
      },
      curve(adam.losses, ADAM_COLOR),
      curve(fit.losses, LBFGS_COLOR),
      label('L-BFGS', fit.losses, 23, LBFGS_COLOR, 'right'),
      label('Adam', adam.losses, 150, ADAM_COLOR, 'left'),
    ],
  };
}
