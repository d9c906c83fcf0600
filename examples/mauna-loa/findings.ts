import { EPOCH, type Month } from './data';
import { type Parameters, seasonAt } from './model';

/** What the fitted parameters say about the air. */
export interface Findings {
  /** ppm: what the exponential grows out of. */
  readonly level: number;
  /** ppm: how far above the level the trend stood in January 1958. */
  readonly growth: number;
  /** 1/year. */
  readonly rate: number;
  readonly doublingYears: number;
  /** ppm per year: the slope of the trend in the record's last month. */
  readonly slopeAtEnd: number;
  readonly lastMonth: string;
  /** ppm, from the lowest to the highest point of the season. */
  readonly seasonPeakToPeak: number;
  readonly seasonHigh: string;
  readonly seasonLow: string;
  /** 1/year. */
  readonly frequency: number;
}

export function findings(record: readonly Month[], x: Float64Array): Findings {
  const [level, growth, rate, , , , , , , frequency] = [...x] as Parameters;
  const end = record.at(-1)?.t ?? NaN;
  const lastYear = Array.from({ length: 365 }, (_, day) => {
    const t = end - day / 365;
    return { t, season: seasonAt(t, x) };
  });
  const high = lastYear.reduce((a, b) => (b.season > a.season ? b : a));
  const low = lastYear.reduce((a, b) => (b.season < a.season ? b : a));
  return {
    level,
    growth,
    rate,
    doublingYears: Math.LN2 / rate,
    slopeAtEnd: growth * rate * Math.exp(rate * end),
    lastMonth: monthName(end, { month: 'long', year: 'numeric' }),
    seasonPeakToPeak: high.season - low.season,
    seasonHigh: monthName(high.t, { month: 'long' }),
    seasonLow: monthName(low.t, { month: 'long' }),
    frequency,
  };
}

/** The month nearest to `t`. */
function monthName(t: number, format: Intl.DateTimeFormatOptions): string {
  const month = new Date(Date.UTC(EPOCH, Math.round(12 * t)));
  return month.toLocaleString('en', { ...format, timeZone: 'UTC' });
}
