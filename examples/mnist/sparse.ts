import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { minimizeAsync } from 'lbfgs';
import { createShards } from 'lbfgs/workers';
import { penalisedMean, SIZE } from './softmax.mjs';
import { NO_TOLERANCE, PENALTY, type Learnt, type Task } from './way';

/** In JavaScript over the pixels that are not 0, on worker threads. */
export async function sparse({ images, evaluations, onProgress }: Task, shards: number): Promise<Learnt> {
  const module = pathToFileURL(join(__dirname, 'shard.mjs'));
  const pool = await createShards({ module, length: SIZE, shards, data: images });
  try {
    return await minimizeAsync(
      async (x, gradient) => penalisedMean(await pool.evaluate(x, gradient), images.count, PENALTY, x, gradient),
      new Float64Array(SIZE),
      { ...NO_TOLERANCE, maxEval: evaluations, onIteration: onProgress },
    );
  } finally {
    await pool.close();
  }
}
