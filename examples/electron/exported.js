// The same network as in network.js, written in PyTorch (model/spirals.py): ONNX Runtime computes its loss and its gradients.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const ort = require('onnxruntime-node');
const { trainable } = require('lbfgs/onnx');
const { decodeCheckpoint } = require('lbfgs/safetensors');

/** The map is a square of SIDE * SIDE answers. */
const SIDE = 64;

/** From the archive: Electron reads it for Node's functions, not for those of ONNX Runtime. @param {string} name */
function read(name) {
  return readFileSync(path.join(__dirname, 'model', name));
}

/** The points of the map, from the top row to the bottom one. */
function square() {
  const points = new Float64Array(2 * SIDE * SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    points[2 * at] = (2 * ((at % SIDE) + 0.5)) / SIDE - 1;
    points[2 * at + 1] = 1 - (2 * (Math.floor(at / SIDE) + 0.5)) / SIDE;
  }
  return new ort.Tensor('float64', points, [SIDE * SIDE, 2]);
}

/** One of each graph, for all trainings. */
const sessions = Promise.all(['spirals.onnx', 'map.onnx'].map((name) => ort.InferenceSession.create(read(name))));

/** @param {import('./messages').Data} data */
async function openExported({ points, labels }) {
  const [session, answers] = /** @type {[ort.InferenceSession, ort.InferenceSession]} */ (await sessions);
  const initial = decodeCheckpoint(read('spirals.safetensors')).parameters;
  const { parameters, closure, feeds } = trainable(ort, session, initial);
  const evaluate = closure({
    points: new ort.Tensor('float64', Float64Array.from(points), [labels.length, 2]),
    labels: new ort.Tensor('float64', Float64Array.from(labels), [labels.length, 1]),
  });
  const everywhere = { ...feeds, points: square() };

  async function map() {
    const { output } = await answers.run(everywhere);
    return Float32Array.from(/** @type {Float64Array} */ (output?.data));
  }

  return { parameters, evaluate, map };
}

module.exports = { openExported };
