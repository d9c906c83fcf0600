// What a worker runs: it evaluates its share of the images. Workers run JavaScript, so tsx compiles the rest.

import { tsImport } from 'tsx/esm/api';

/** @type {typeof import('./softmax.mjs')} */
const { crossEntropy } = await tsImport('./softmax.mts', import.meta.url);

/** @type {import('lbfgs/workers').ShardSetup<import('./softmax.mjs').SparseImages>} */
// eslint-disable-next-line no-restricted-syntax -- a worker calls the default export
export default ({ shard, shards, data }) =>
  crossEntropy(data, Math.floor((data.count * shard) / shards), Math.floor((data.count * (shard + 1)) / shards));
