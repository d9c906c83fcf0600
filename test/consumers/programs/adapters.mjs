// Every adapter with the index, for the tests of bundlers: two shards really run, stand-ins take the places of the frameworks. An error or
// a class that the adapter has from the index must be the one that is imported here.

import path from 'node:path';
import { LBFGS, LBFGSError, Parameter, minimizeAsync } from 'lbfgs';
import * as jax from 'lbfgs/jax';
import * as onnx from 'lbfgs/onnx';
import { iterationEvent } from 'lbfgs/tensorboard';
import * as tfjs from 'lbfgs/tfjs';
import { createShards } from 'lbfgs/workers';

/** What of an error tells users which one it is. @param {unknown} error */
const said = (error) => [error instanceof LBFGSError, error instanceof Error && 'code' in error && error.code].join();

/** @param {() => unknown} call */
function refusal(call) {
  try {
    return call();
  } catch (error) {
    return said(error);
  }
}

async function shards() {
  const here = /** @type {string | undefined} */ (import.meta.url); // esbuild has none for a CommonJS bundle
  const module = here ? new URL('./shard.mjs', import.meta.url) : path.join(__dirname, 'shard.mjs');
  const opened = await createShards({ module, length: 3, shards: 2, data: Float64Array.of(1, -2, 3) });
  const { x, loss, status } = await minimizeAsync(opened.evaluate, [0, 0, 0]);
  console.log('workers', ...x, loss, status);
  await opened.close();
  await opened.evaluate(x, x).catch((/** @type {unknown} */ error) => {
    console.log('workers', said(error));
  });
}

/** A session that knows one parameter, half of whose square is the loss. */
async function graph() {
  class Tensor {
    type = 'float64';
    /** @param {string} _type @param {Float64Array} data @param {readonly number[]} dims */
    constructor(_type, data, dims) {
      this.data = data;
      this.dims = dims;
    }
  }
  const weight = { type: 'float64', shape: [1] };
  const session = {
    inputMetadata: [{ name: 'p.w', ...weight }],
    outputMetadata: [
      { name: 'g.w', ...weight },
      { name: 'loss', ...weight },
    ],
    /** @param {Record<'p.w', Tensor>} feeds @param {Record<'g.w' | 'loss', Tensor>} fetches */
    run(feeds, fetches) {
      const [w = NaN] = feeds['p.w'].data;
      fetches['g.w'].data[0] = w;
      fetches.loss.data[0] = w ** 2 / 2;
      return Promise.resolve(fetches);
    },
  };
  const { parameters, closure } = onnx.trainable({ Tensor }, session, { 'p.w': [3] });
  await new LBFGS(parameters).stepAsync(closure());
  console.log('onnx', parameters[0] instanceof Parameter, ...(parameters[0]?.data ?? []));
}

/** Gradients alone, given to an optimiser of a TensorFlow.js that has no engine. */
function applied() {
  class Optimizer {
    computeGradients() {}
    dispose() {}
  }
  const tf = { Optimizer, engine() {}, tensor() {}, variableGrads() {}, serialization: { registerClass() {} } };
  const optimizer = tfjs.lbfgs(/** @type {import('lbfgs/tfjs').TensorFlowLike} */ (/** @type {unknown} */ (tf)));
  return /** @type {{ applyGradients: () => unknown }} */ (/** @type {unknown} */ (optimizer)).applyGradients();
}

/** A function whose value at its start is not finite. */
function solve() {
  const one = { dtype: 'float64', shape: [1], size: 1, dataSync: () => [NaN], data() {}, dispose() {} };
  const array = () => ({ ...one, ref: one });
  const valueAndGrad = () => () => [array(), [array()]];
  const module = {
    numpy: { array },
    tree: { flatten: (/** @type {unknown[]} */ leaves) => [leaves, null], unflatten: () => array() },
    valueAndGrad,
    jit: (/** @type {unknown} */ compiled) => compiled,
  };
  return jax.minimize(module, array, [array()]);
}

console.log('tensorboard', iterationEvent({ iteration: 1, loss: 2, gradNorm: 3 }, { time: 4 }).length);
console.log('tfjs', refusal(applied));
console.log('jax', refusal(solve));
void shards().then(graph); // without a top-level await, which a CommonJS bundle cannot have
