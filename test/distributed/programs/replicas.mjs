// Trainings with replicated parameters: every rank has the sum of squares of its own rows, and all parameters.

import { dataParallel, LBFGS } from 'lbfgs';

/**
 * @typedef {{ n: number, dtype?: 'float32' | 'float64', steps?: number, fails?: { rank: number, evaluation: number } }} Data
 * @typedef {{ x: number[], gradient: number[], reports: unknown[], losses: number[], errors: string[] }} Training
 */

const ROWS = 7;

/** @typedef {{ data: Float32Array | Float64Array, grad: Float32Array | Float64Array | null }} Param */

/** @param {'float32' | 'float64'} dtype @param {number} size */
function start(dtype, size) {
  const values = Array.from({ length: size }, (_, i) => Math.sin(i));
  return dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}

/** @param {Data} data @returns {Param[]} two parameters of n numbers together */
export function paramsFor({ n, dtype = 'float64' }) {
  const first = Math.ceil(n / 3);
  return [first, n - first].map((size) => ({ data: start(dtype, size), grad: null }));
}

/**
 * The loss of the rows that this rank has, and their gradient: sums of (cos(row + i) x[i] - row)^2 and of a chain.
 *
 * @param {Param[]} params @param {number} rank @param {number} size
 */
export function partOf(params, rank, size) {
  const x = params.flatMap(({ data }) => [...data]);
  const gradient = x.map(() => 0);
  let loss = 0;
  for (let row = rank; row < ROWS; row += size) {
    for (const [i, at] of x.entries()) {
      const next = x[(i + 1) % x.length] ?? 0;
      const slope = 1.5 + Math.cos(row + i);
      const away = slope * at + 0.1 * next * next - row;
      loss += away * away;
      gradient[i] = (gradient[i] ?? 0) + 2 * away * slope;
      gradient[(i + 1) % x.length] = (gradient[(i + 1) % x.length] ?? 0) + 0.4 * away * next;
    }
  }
  let from = 0;
  for (const parameter of params) {
    const size = parameter.data.length;
    parameter.grad ??= parameter.data.slice();
    parameter.grad.set(gradient.slice(from, (from += size)));
  }
  return loss;
}

/** @param {Data} data @param {number} rank */
function setup({ fails, ...data }, rank) {
  const params = paramsFor(data);
  const optimizer = new LBFGS(params, { lineSearchFn: 'strong_wolfe', maxIter: 5, historySize: 4 });
  let evaluations = 0;
  const spoil = () => {
    if (++evaluations === fails?.evaluation && rank === fails.rank) throw new Error(`on purpose at ${evaluations}`);
  };
  /** @type {Training} */
  const training = { x: [], gradient: [], reports: [], losses: [], errors: [] };
  const end = () => {
    training.x = params.flatMap((parameter) => [...parameter.data]);
    training.gradient = params.flatMap(({ grad }) => [...(grad ?? [])]);
    return training;
  };
  /** @param {unknown} error */
  const failed = (error) => {
    const { code = '', message } = /** @type {Error & { code?: string }} */ (error);
    training.errors.push(`${code} ${message}`);
  };
  return { params, optimizer, spoil, training, end, failed };
}

/** @param {import('lbfgs').Communicator} comm @param {Data} data */
export function program(comm, data) {
  const { params, optimizer, spoil, training, end, failed } = setup(data, comm.rank);
  const closure = dataParallel(comm, params, () => {
    const part = partOf(params, comm.rank, comm.size);
    spoil();
    return part;
  });
  for (let step = 0; step < (data.steps ?? 3); step++) {
    try {
      training.losses.push(optimizer.step(closure));
      training.reports.push(optimizer.lastStep);
    } catch (error) {
      failed(error);
      training.reports.push(params.flatMap((parameter) => [...parameter.data]));
    }
  }
  return end();
}

/** @param {import('lbfgs').Communicator} comm @param {Data} data */
export async function asyncProgram(comm, data) {
  const { params, optimizer, spoil, training, end, failed } = setup(data, comm.rank);
  const closure = dataParallel(comm, params, async () => {
    await Promise.resolve();
    const part = partOf(params, comm.rank, comm.size);
    spoil();
    return part;
  });
  for (let step = 0; step < (data.steps ?? 3); step++) {
    try {
      training.losses.push(await optimizer.stepAsync(closure));
      training.reports.push(optimizer.lastStep);
    } catch (error) {
      failed(error);
      training.reports.push(params.flatMap((parameter) => [...parameter.data]));
    }
  }
  return end();
}

/** The same in one process: the parts of all ranks one after the other, added in their order. @param {Data} data */
export function alone(data, size = 1) {
  const { params, optimizer, training, end } = setup(data, 0);
  const closure = () => {
    let loss = 0;
    /** @type {number[]} */
    let sums = [];
    const wide = params.map((parameter) => ({ data: Float64Array.from(parameter.data), grad: null }));
    for (let rank = 0; rank < size; rank++) {
      const part = partOf(wide, rank, size);
      const rounded = wide.flatMap(({ grad }) => [.../** @type {Float64Array} */ (/** @type {unknown} */ (grad))]);
      const own = data.dtype === 'float32' ? rounded.map(Math.fround) : rounded;
      loss = rank === 0 ? part : loss + part;
      sums = rank === 0 ? own : sums.map((sum, i) => sum + (own[i] ?? NaN));
    }
    let from = 0;
    for (const parameter of params) {
      parameter.grad = parameter.data.slice();
      parameter.grad.set(sums.slice(from, (from += parameter.data.length)));
    }
    return loss;
  };
  for (let step = 0; step < (data.steps ?? 3); step++) {
    training.losses.push(optimizer.step(closure));
    training.reports.push(optimizer.lastStep);
  }
  return end();
}
