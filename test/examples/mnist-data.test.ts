// What examples/mnist and bench/workers.ts share, on images made here.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkGradient } from 'lbfgs';
import { createShards } from 'lbfgs/workers';
import { readImages } from '../../examples/mnist/data';
import {
  accuracy,
  CLASSES,
  confusion,
  crossEntropy,
  penalisedMean,
  PIXELS,
  SIZE,
} from '../../examples/mnist/softmax.mjs';
import { randomNumbers } from '../problems/numbers';

const COUNT = 30;

/** A file of the format IDX. */
function idx(sizes: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 * (1 + sizes.length));
  [0x800 + sizes.length, ...sizes].forEach((word, index) => header.writeUInt32BE(word, 4 * index));
  return Buffer.concat([header, bytes]);
}

describe('examples/mnist/data.ts and softmax.ts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lbfgs-mnist-'));
  const random = randomNumbers(3);
  const pixels = Uint8Array.from({ length: COUNT * PIXELS }, () => Math.max(0, Math.floor(random() * 255)));
  const labels = Uint8Array.from({ length: COUNT }, (_, image) => image % CLASSES);
  before(() => {
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), idx([COUNT, 28, 28], pixels));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idx([COUNT], labels));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('read the first rows, and leave out the pixels that are 0', () => {
    const { count, starts, columns, values, labels: read } = readImages(folder, 'train', 20);
    assert.equal(count, 20);
    const dense = new Uint8Array(20 * PIXELS);
    for (let image = 0; image < count; image++) {
      for (let k = starts[image]!; k < starts[image + 1]!; k++) {
        dense[image * PIXELS + columns[k]!] = Math.round(255 * values[k]!);
      }
    }
    assert.deepEqual(dense, pixels.subarray(0, 20 * PIXELS));
    assert.ok(values.every((value) => value > 0 && value <= 1));
    assert.deepEqual([...read], [...labels.subarray(0, 20)]);
  });

  it('refuse other files, and those that are cut short', () => {
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([COUNT], labels));
    assert.throws(() => readImages(folder, 't10k'), /Expected an IDX file of type 2051 in .* but found 2049/);
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([COUNT, 28, 28], pixels.subarray(1)));
    assert.throws(() => readImages(folder, 't10k'), /Expected 30 times 784 bytes in .* but found 23519/);
  });

  it('have a gradient that agrees with differences, as one range and as shards', async () => {
    const images = readImages(folder, 'train');
    const whole = crossEntropy(images, 0, COUNT);
    const x = Float64Array.from({ length: SIZE }, () => random() / 10);
    const fun = (at: Float64Array, gradient: Float64Array): number => {
      gradient.fill(0);
      return penalisedMean(whole(at, gradient), COUNT, 0.1, at, gradient);
    };
    const check = checkGradient(fun, x);
    assert.ok(check.ok, JSON.stringify(check));
    const [expected, summed] = [new Float64Array(SIZE), new Float64Array(SIZE)];
    const module = pathToFileURL(join(__dirname, '..', '..', 'examples', 'mnist', 'shard.mjs'));
    const shards = await createShards({ module, length: SIZE, shards: 3, data: images });
    const loss = await shards.evaluate(x, summed);
    await shards.close();
    assert.ok(Math.abs(loss - whole(x, expected)) < 1e-9 * loss);
    assert.ok(summed.every((value, index) => Math.abs(value - expected[index]!) < 1e-9));
  });

  it('count what is taken for what', () => {
    const images = readImages(folder, 'train');
    const x = new Float64Array(SIZE);
    x[SIZE - CLASSES + 4] = 1e3;
    assert.deepEqual(
      confusion(images, x).map((row) => row[4]),
      new Array<number>(CLASSES).fill(COUNT / CLASSES),
    );
    assert.equal(accuracy(images, x), 1 / CLASSES);
  });
});
