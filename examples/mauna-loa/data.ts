import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One month of the record. */
export interface Month {
  /** Years since January 1958: 0.5 is July 1958. */
  readonly t: number;
  /** The month's mean of CO2 in dry air, ppm. */
  readonly ppm: number;
}

/** The calendar year that `t` counts from. */
export const EPOCH = 1958;

/**
 * Reads the monthly Mauna Loa record, March 1958 to April 2020, from the `vega-datasets` package: 741 months, five early
 * ones are missing. Nothing is interpolated or adjusted: a missing month is simply not there.
 */
export function readRecord(): Month[] {
  const packageMain = require.resolve('vega-datasets');
  const csv = readFileSync(join(dirname(packageMain), '..', 'data', 'co2-concentration.csv'), 'utf8');
  const [, ...lines] = csv.trim().split('\n');
  return lines.map((line) => {
    const [date = '', ppm = ''] = line.split(',');
    const [year, month] = date.split('-').map(Number) as [number, number];
    return { t: year - EPOCH + (month - 1) / 12, ppm: Number(ppm) };
  });
}
