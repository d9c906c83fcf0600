// The utility process: trains when the window says so and tells it how far it is, a few times a second.

const { setImmediate } = require('node:timers/promises');
const { LBFGS } = require('lbfgs');
const { makeNetwork } = require('./network');
const { spirals } = require('./spirals');

/** By hand, or, with --onnx, exported from PyTorch. @param {import('./messages').Data} data */
async function openNetwork(data) {
  if (process.argv.includes('--onnx')) return require('./exported').openExported(data);
  const { parameters, evaluate, map } = makeNetwork();
  return { parameters, evaluate: () => evaluate(data), map };
}

/** Milliseconds between two messages of the progress, at least. */
const INTERVAL = 40;

/**
 * One training. Typed arrays are copied by the channel, not shared.
 * @param {(message: import('./messages').FromTrainer) => void} post
 * @param {{ cancelled: boolean }} run
 */
async function train(post, run) {
  const data = spirals();
  post({ kind: 'started', ...data });
  const network = await openNetwork(data);
  const optimizer = new LBFGS(network.parameters, { lineSearchFn: 'strong_wolfe', maxIter: 1000, historySize: 30 });

  /** @type {number[]} since the last message */
  let losses = [];
  let told = -Infinity;
  /** @param {number} iteration */
  const tell = async (iteration) => {
    post({ kind: 'progress', iteration, losses: Float64Array.from(losses), map: await network.map() });
    losses = [];
    told = performance.now();
  };

  let last = 0;
  const iterations = optimizer.iterate(async () => {
    await setImmediate(); // here the messages come in: a cancel waits for one evaluation at most
    return network.evaluate();
  });
  for await (const { iteration, loss } of iterations) {
    losses.push(loss);
    last = iteration;
    if (performance.now() - told > INTERVAL) await tell(iteration);
    if (run.cancelled) break;
  }
  await tell(last);
  const { status, message, loss } = optimizer.lastStep ?? {};
  post({ kind: 'ended', status, message, loss });
  optimizer[Symbol.dispose]();
}

process.parentPort.once('message', ({ ports: [port] }) => {
  if (port === undefined) return;
  const run = { cancelled: false };
  /** @param {import('./messages').FromTrainer} message */
  const post = (message) => {
    port.postMessage(message);
  };
  port.on('message', ({ data }) => {
    run.cancelled = data === 'cancel';
    if (data === 'start') {
      train(post, run).catch((/** @type {unknown} */ error) => {
        post({ kind: 'failed', message: String(error) });
      });
    }
  });
  port.start();
});
