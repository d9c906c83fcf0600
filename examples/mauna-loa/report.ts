import plot from 'simple-ascii-chart';
import { EPOCH } from './data';
import { seasonAt, trendAt } from './model';
import { bestSoFar, evaluationsTo, type Outcome, TARGET_RMSE } from './outcome';

const WIDTH = 76;

/** The report for a terminal: two charts, then the figures in words. `color` adds ANSI colours to the charts. */
export function report(outcome: Outcome, color: boolean): string {
  return [recordChart(outcome, color), lossChart(outcome, color), figures(outcome)].join('\n');
}

function recordChart({ record, fit }: Outcome, color: boolean): string {
  const end = record.at(-1)?.t ?? NaN;
  const months = record.filter(({ t }) => t >= end - 10);
  return plot(
    months.map(({ t }) => [EPOCH + t, trendAt(t, fit.x) + seasonAt(t, fit.x)]),
    {
      title: 'CO2 at Mauna Loa, ppm, the last ten years (o a month of the record, line the fit)',
      width: WIDTH,
      height: 16,
      customXAxisTicks: yearsBetween(EPOCH + end - 10, EPOCH + end),
      customYAxisTicks: [390, 395, 400, 405, 410, 415],
      points: months.map(({ t, ppm }) => ({ x: EPOCH + t, y: ppm, ...(color && { color: 'ansiYellow' }) })),
      symbols: { point: 'o' },
      formatter: (value) => String(Math.round(value)),
      ...(color && { color: 'ansiCyan' }),
    },
  );
}

function lossChart({ fit, adam }: Outcome, color: boolean): string {
  const curve = (losses: readonly number[]): [number, number][] =>
    bestSoFar(losses).map(({ evaluation, rmse }) => [Math.log10(evaluation), rmse]);
  return plot([curve(fit.losses), curve(adam.losses)], {
    title: 'RMSE, ppm, by evaluations of loss and gradient (the left curve is L-BFGS, the right one Adam)',
    width: WIDTH,
    height: 14,
    customXAxisTicks: [0, 1, 2, 3, 4],
    customYAxisTicks: [1, 1.5, 2],
    formatter: (value, { axis }) => (axis === 'x' ? String(Math.round(10 ** value)) : value.toFixed(1)),
    ...(color && { color: ['ansiCyan', 'ansiMagenta'] }),
  });
}

function figures({ record, fit, adam, learningRates, maxEvaluations, findings: found }: Outcome): string {
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
  ];
  const range = `best of ${learningRates.length} learning rates, ${Math.min(...learningRates)} to ${Math.max(...learningRates)}`;
  const budget = maxEvaluations.toLocaleString('en');
  const ours = evaluationsTo(TARGET_RMSE, fit.losses);
  const theirs = adam.reached
    ? `${adam.losses.length.toLocaleString('en')} at learning rate ${adam.lr} (${range})`
    : `not reached in ${budget} (${range}): ${Math.sqrt(adam.lowest).toFixed(3)} ppm at ${adam.lr}`;
  return [
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(12)}${text}`),
    '',
    `  Evaluations to reach an RMSE of ${TARGET_RMSE} ppm, from the same start:`,
    `  ${'L-BFGS'.padEnd(12)}${ours ?? 'not reached'}`,
    `  ${'Adam'.padEnd(12)}${theirs}`,
    '',
  ].join('\n');
}

function yearsBetween(from: number, to: number): number[] {
  const first = Math.ceil(from);
  return Array.from({ length: Math.floor(to) - first + 1 }, (_, i) => first + i);
}
