import { PLAIN } from '../consumers/consumer';
import { checkTfjs } from '../docs/bridge-pages';
import { placeOf } from '../docs/place';
import { frameworks, withFrameworks } from './framework';

/** The union package, made of the packages that are installed here. */
const UNION = `
import core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import layers from '@tensorflow/tfjs-layers';
const tf = { ...core, ...layers };
await tf.setBackend('cpu');
`;

describe('docs/tfjs.md', () => {
  const folder = frameworks('TensorFlow.js: its page');
  if (folder === undefined) return;

  it('has a program of five parts, which prints what the page shows', () =>
    withFrameworks(folder, (place) => checkTfjs(placeOf(place, PLAIN), UNION)));
});
