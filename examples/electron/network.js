// A small network, 2-24-24-1 with tanh between, and the gradient of its log loss by hand.

const { Parameter } = require('lbfgs');

const SIZES = [2, 24, 24, 1];
/** What large weights cost: without it they grow for ever once every point is on its side. */
const DECAY = 1e-5;
/** The map is a square of SIDE * SIDE answers. */
const SIDE = 64;

/** Numbers in [-1, 1), the same ones every time: a linear congruential generator. */
function makeRandom(seed = 1) {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** @param {() => number} random @param {number} inputs @param {number} outputs */
function makeLayer(random, inputs, outputs) {
  const weights = Float64Array.from({ length: inputs * outputs }, () => random() * Math.sqrt(3 / inputs));
  return {
    inputs,
    outputs,
    weights: new Parameter(weights, { shape: [outputs, inputs] }),
    biases: new Parameter(new Float64Array(outputs)),
    values: new Float64Array(outputs), // what the layer puts out
    slopes: new Float64Array(outputs), // of the loss, by what it puts out
  };
}

function makeNetwork() {
  const random = makeRandom();
  const layers = SIZES.slice(1).map((outputs, i) => makeLayer(random, SIZES[i] ?? 0, outputs));
  const last = /** @type {ReturnType<typeof makeLayer>} */ (layers.at(-1));
  const parameters = layers.flatMap(({ weights, biases }) => [weights, biases]);
  const input = new Float64Array(2);

  /** The logit for a point. @param {number} x @param {number} y */
  function forward(x, y) {
    input.set([x, y]);
    let from = input;
    for (const { inputs, outputs, weights, biases, values } of layers) {
      for (let o = 0; o < outputs; o++) {
        let sum = biases.data[o] ?? 0;
        for (let i = 0; i < inputs; i++) sum += (weights.data[o * inputs + i] ?? 0) * (from[i] ?? 0);
        values[o] = values === last.values ? sum : Math.tanh(sum);
      }
      from = values;
    }
    return last.values[0] ?? 0;
  }

  /** Adds one point's part to every gradient. @param {number} slope of the loss, by the logit */
  function backward(slope) {
    last.slopes[0] = slope;
    for (const [index, { inputs, outputs, weights, biases, slopes }] of [...layers.entries()].reverse()) {
      const below = layers[index - 1];
      const from = below?.values ?? input;
      below?.slopes.fill(0);
      for (let o = 0; o < outputs; o++) {
        const slope = slopes[o] ?? 0;
        if (biases.grad) biases.grad[o] = (biases.grad[o] ?? 0) + slope;
        for (let i = 0; i < inputs; i++) {
          const at = o * inputs + i;
          if (weights.grad) weights.grad[at] = (weights.grad[at] ?? 0) + slope * (from[i] ?? 0);
          // Through tanh, whose slope is 1 - value^2.
          if (below)
            below.slopes[i] = (below.slopes[i] ?? 0) + slope * (weights.data[at] ?? 0) * (1 - (from[i] ?? 0) ** 2);
        }
      }
    }
  }

  /** The mean log loss; sets every gradient. @param {import('./messages').Data} data */
  function evaluate({ points, labels }) {
    for (const parameter of parameters) parameter.grad = new Float64Array(parameter.size);
    const count = labels.length;
    let loss = 0;
    for (let n = 0; n < count; n++) {
      const label = labels[n] ?? 0;
      const logit = forward(points[2 * n] ?? 0, points[2 * n + 1] ?? 0);
      const wrong = label === 1 ? -logit : logit;
      loss += (Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)))) / count; // log(1 + e^wrong), never too large
      backward((1 / (1 + Math.exp(-logit)) - label) / count);
    }
    for (const { data, grad } of parameters) {
      for (const [i, value] of data.entries()) {
        loss += DECAY * value * value;
        if (grad) grad[i] = (grad[i] ?? 0) + 2 * DECAY * value;
      }
    }
    return loss;
  }

  /** The answers, from 0 to 1, on the square [-1, 1] x [-1, 1], from the top row to the bottom one. */
  function map() {
    return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
      const x = (2 * ((at % SIDE) + 0.5)) / SIDE - 1;
      const y = 1 - (2 * (Math.floor(at / SIDE) + 0.5)) / SIDE;
      return 1 / (1 + Math.exp(-forward(x, y)));
    });
  }

  return { parameters, evaluate, map };
}

module.exports = { makeNetwork };
