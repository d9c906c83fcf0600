// The time of an iteration on P processes whose parameters are sharded: what one rank computes, and what its messages
// cost.
//
// A message is an all-gather of k numbers from each rank. Recursive doubling takes ceil(log2 P) stages; stage s carries
// the numbers of 2^s ranks, so (P - 1) k numbers arrive at each rank. Then each rank combines all P k numbers itself,
// so that all ranks get the same bits.

import type { Costs } from './costs';

/** What a stage of a message costs: `latency` microseconds and its bytes at `bandwidth` GB/s. */
export interface Network {
  readonly label: string;
  readonly latency: number;
  readonly bandwidth: number;
  /** Where the two figures are from. */
  readonly source: string;
}

const MEASURED = 'measured from JavaScript between two processes of one machine, two cores of an AMD EPYC';
export const NETWORKS: Readonly<Record<string, Network>> = {
  'shared-memory': { label: 'shared memory', latency: 1.4, bandwidth: 4, source: MEASURED },
  loopback: { label: 'TCP, loopback', latency: 17, bandwidth: 2, source: MEASURED },
  infiniband: {
    label: 'InfiniBand',
    latency: 2,
    bandwidth: 12,
    source: 'assumption: about 1 µs from card to card, and 1 µs for MPI and JavaScript; HDR100 has 12.5 GB/s',
  },
  efa: {
    label: 'EFA',
    latency: 16,
    bandwidth: 10,
    source: 'assumption: about 15 µs between two instances of one placement group; 100 Gbit/s have 12.5 GB/s',
  },
  '25gbe': {
    label: 'TCP, 25 GbE',
    latency: 25,
    bandwidth: 2.8,
    source: 'assumption: a local network with one switch; 25 Gbit/s have 3.1 GB/s',
  },
  '10gbe': {
    label: 'TCP, 10 GbE',
    latency: 50,
    bandwidth: 1.1,
    source: 'assumption: half of the 92 to 100 µs of a round trip between c3 instances of AWS in 2014; 1.25 GB/s',
  },
};

export interface Setting {
  /** The number of parameters. */
  readonly n: number;
  /** The number of pairs. */
  readonly m: number;
  /** The number of processes, P. */
  readonly ranks: number;
  readonly network: Network;
  /** Evaluations in an iteration. */
  readonly evaluations: number;
  /** What the caller's closure takes, in nanoseconds for each parameter of a rank. */
  readonly closure: number;
}

export interface Message {
  readonly what: 'evaluation' | 'pair' | 'direction';
  /** How often in an iteration. */
  readonly count: number;
  /** Numbers from each rank. */
  readonly numbers: number;
}

/** The messages of an iteration. A communicator of one rank sends none. */
export function messagesOf({ m, ranks, evaluations }: Setting): Message[] {
  if (ranks === 1) return [];
  return [
    { what: 'evaluation', count: evaluations, numbers: 10 },
    { what: 'pair', count: 1, numbers: 4 * m + 3 },
    { what: 'direction', count: 1, numbers: 6 },
  ];
}

/** Microseconds of an iteration and its parts. */
export interface Iteration {
  /** The passes over the vectors of the rank with the most parameters. */
  readonly passes: number;
  /** The caller's closure. */
  readonly closure: number;
  /** Latencies of all stages. */
  readonly latency: number;
  /** Bytes on the wire. */
  readonly transfer: number;
  /** The core's requests, and adding up what has arrived. */
  readonly combining: number;
  readonly total: number;
}

export function iterationOf(setting: Setting, costs: Costs): Iteration {
  const { n, m, ranks, network, evaluations } = setting;
  const share = Math.ceil(n / ranks);
  const messages = messagesOf(setting);
  const sum = (cost: (message: Message) => number): number =>
    messages.reduce((total, message) => total + message.count * cost(message), 0);
  const passes = passesOf(costs, ranks === 1 ? 'alone' : 'rank', m, share);
  const closure = (evaluations * setting.closure * share) / 1e3;
  const latency = sum(() => Math.ceil(Math.log2(ranks)) * network.latency);
  const transfer = sum(({ numbers }) => ((ranks - 1) * 8 * numbers) / (1e3 * network.bandwidth));
  const combining = sum(({ numbers }) => costs.request + ranks * numbers * costs.number);
  return { passes, closure, latency, transfer, combining, total: passes + closure + latency + transfer + combining };
}

/** Microseconds for n numbers, between the measured ones by a power law; beyond them in proportion to n. */
function passesOf(costs: Costs, who: 'alone' | 'rank', m: number, n: number): number {
  const points = costs.passes.filter((point) => point.m === m);
  const [least, most] = [points[0], points.at(-1)];
  if (least === undefined || most === undefined) throw new Error(`the cost of ${m} pairs was not measured`);
  if (n <= least.n) return least[who];
  if (n >= most.n) return (most[who] * n) / most.n;
  const right = points.findIndex((point) => point.n >= n);
  const [a, b] = [points[right - 1] ?? least, points[right] ?? most];
  const weight = Math.log(n / a.n) / Math.log(b.n / a.n);
  return a[who] ** (1 - weight) * b[who] ** weight;
}

/** The least n from which on P ranks take less time than `beside` ranks, to 1 %; null up to 10^12. */
export function crossing(setting: Omit<Setting, 'n'>, beside: number, costs: Costs): number | null {
  const isFaster = (n: number): boolean =>
    iterationOf({ ...setting, n }, costs).total < iterationOf({ ...setting, n, ranks: beside }, costs).total;
  if (!isFaster(1e12)) return null;
  let [low, high] = [0, 12]; // exponents; the walk down ends at the last n that is not faster
  while (high > low && isFaster(10 ** (high - 0.05))) high -= 0.05;
  low = high - 0.05;
  while (high - low > 0.004) {
    const middle = (low + high) / 2;
    if (isFaster(10 ** middle)) high = middle;
    else low = middle;
  }
  return 10 ** high;
}

/** Bytes of the optimiser's vectors on each rank, for float64. */
export const memoryOf = ({ n, m, ranks }: Setting): number => 8 * (2 * m + 6) * Math.ceil(n / ranks);
