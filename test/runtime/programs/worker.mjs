// Trains in a worker thread and posts the outcome.

import { parentPort } from 'node:worker_threads';
import { train } from './train.mjs';

parentPort?.postMessage(train());
