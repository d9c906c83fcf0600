import plot from 'simple-ascii-chart';
import { EPOCH } from './data';
import { seasonAt, trendAt } from './model';
import { bestSoFar, evaluationsTo, type Outcome, TARGET_RMSE } from './outcome';
import { wrap } from './terminal';

/** How wide a chart is at most, without its axis. */
const WIDTH = 76;
/** What the axis and the margins beside a chart take. */
const AXIS = 6;
/** Where the texts behind the names of the figures begin. */
const INDENT = 14;

/** What the report is written to. */
export interface Paper {
  /** Whether the charts have ANSI colours. */
  readonly color: boolean;
  /** Characters in a line. */
  readonly columns: number;
}

/** The report for a terminal: two charts, then the figures in words. */
export function report(outcome: Outcome, paper: Paper): string {
  return [recordChart(outcome, paper), lossChart(outcome, paper), figures(outcome, paper)].join('\n');
}

/** How many characters wide a chart can be. */
function chartWidth({ columns }: Paper): number {
  return Math.min(WIDTH, columns - AXIS);
}

/** A chart under its title. */
function titled(title: string, chart: string, { columns }: Paper): string {
  const lines = chart
    .replace(/^\s*\n/, '')
    .split('\n')
    .map((line) => line.trimEnd());
  return ['', ...wrap(title, columns), ...lines].join('\n');
}

function recordChart({ record, fit }: Outcome, paper: Paper): string {
  const { color } = paper;
  const width = chartWidth(paper);
  const end = record.at(-1)?.t ?? NaN;
  const months = record.filter(({ t }) => t >= end - 10);
  const years = yearsBetween(EPOCH + end - 10, EPOCH + end);
  const apart = Math.ceil((years.length * '2020  '.length) / width);
  const chart = plot(
    months.map(({ t }) => [EPOCH + t, trendAt(t, fit.x) + seasonAt(t, fit.x)]),
    {
      width,
      height: 16,
      customXAxisTicks: years.filter((_, index) => index % apart === 0),
      customYAxisTicks: [390, 395, 400, 405, 410, 415],
      points: months.map(({ t, ppm }) => ({ x: EPOCH + t, y: ppm, ...(color && { color: 'ansiYellow' }) })),
      symbols: { point: 'o' },
      formatter: (value) => String(Math.round(value)),
      ...(color && { color: 'ansiCyan' }),
    },
  );
  return titled('CO2 at Mauna Loa, ppm, the last ten years (o a month of the record, line the fit)', chart, paper);
}

function lossChart({ fit, adam }: Outcome, paper: Paper): string {
  const { color } = paper;
  const curve = (losses: readonly number[]): [number, number][] =>
    bestSoFar(losses).map(({ evaluation, rmse }) => [Math.log10(evaluation), rmse]);
  const chart = plot([curve(fit.losses), curve(adam.losses)], {
    width: chartWidth(paper),
    height: 14,
    customXAxisTicks: [0, 1, 2, 3, 4],
    customYAxisTicks: [1, 1.5, 2],
    formatter: (value, { axis }) => (axis === 'x' ? String(Math.round(10 ** value)) : value.toFixed(1)),
    ...(color && { color: ['ansiCyan', 'ansiMagenta'] }),
  });
  const title = 'RMSE, ppm, by evaluations of loss and gradient (the left curve is L-BFGS, the right one Adam)';
  return titled(title, chart, paper);
}

function figures(outcome: Outcome, { columns }: Paper): string {
  const { record, fit, curve, adam, learningRates, maxEvaluations, findings: found } = outcome;
  const rmse = Math.sqrt(fit.report.loss);
  const rows = [
    ['level', `${found.level.toFixed(1)} ppm, which the growth is counted from (the air of 1750 held about 278)`],
    ['growth', `${found.growth.toFixed(1)} ppm above the level in January ${EPOCH}`],
    [
      'growth rate',
      `${(100 * found.rate).toFixed(2)} % a year: that part doubles every ${found.doublingYears.toFixed(1)} years`,
    ],
    ['now', `${found.slopeAtEnd.toFixed(2)} ppm more each year, in ${found.lastMonth}`],
    [
      'season',
      `${found.seasonPeakToPeak.toFixed(1)} ppm from the low in ${found.seasonLow} to the high in ${found.seasonHigh}`,
    ],
    ['frequency', `${found.frequency.toFixed(4)} per year, left free and found`],
    ['RMSE', `${rmse.toFixed(3)} ppm over ${record.length} months`],
    ['L-BFGS', `${fit.report.status} after ${fit.report.iterations} iterations, ${fit.report.evaluations} evaluations`],
    [
      'curveFit',
      `RMSE ${Math.sqrt(curve.rss / record.length).toFixed(3)} ppm from the model alone, without a gradient: growth rate ` +
        `${percent(curve.params.rate)} ± ${percent(curve.standardErrors.rate)} % a year, ${curve.evaluations} evaluations`,
    ],
  ];
  const range = `best of ${learningRates.length} learning rates, ${Math.min(...learningRates)} to ${Math.max(...learningRates)}`;
  const budget = maxEvaluations.toLocaleString('en');
  const ours = evaluationsTo(TARGET_RMSE, fit.losses);
  const theirs = adam.reached
    ? `${adam.losses.length.toLocaleString('en')} at learning rate ${adam.lr} (${range})`
    : `not reached in ${budget} (${range}): ${Math.sqrt(adam.lowest).toFixed(3)} ppm at ${adam.lr}`;
  const row = ([name = '', text = '']: readonly string[]): string =>
    wrap(text, columns - INDENT)
      .map((line, index) => `  ${(index === 0 ? name : '').padEnd(INDENT - 2)}${line}`)
      .join('\n');
  const comparison = `Evaluations to reach an RMSE of ${TARGET_RMSE} ppm, from the same start:`;
  return [
    ...rows.map(row),
    '',
    ...wrap(comparison, columns - 2).map((line) => `  ${line}`),
    row(['L-BFGS', String(ours ?? 'not reached')]),
    row(['Adam', theirs]),
    '',
  ].join('\n');
}

function percent(rate: number): string {
  return (100 * rate).toFixed(3);
}

function yearsBetween(from: number, to: number): number[] {
  const first = Math.ceil(from);
  return Array.from({ length: Math.floor(to) - first + 1 }, (_, i) => first + i);
}
