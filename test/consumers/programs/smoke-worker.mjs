import { parentPort } from 'node:worker_threads';
import { train } from './smoke-training.mjs';

parentPort?.postMessage(train({ dtype: 'float64', lineSearchFn: 'strong_wolfe', size: 1000, threads: 2 }));
