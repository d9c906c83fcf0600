// Subject: this package. Arguments: historyDtype, problem, history, iterations, two targets.

import { minimize, type Dtype, type MinimizeOptions } from 'lbfgs';
import { Meter } from './meter';
import { problemNamed } from './problems';

const [historyDtype, name, historySize, maxIter, ...targets] = process.argv.slice(2) as [Dtype, ...string[]];
const problem = problemNamed(name!);
const meter = new Meter(problem, targets.map(Number));
const options: MinimizeOptions = {
  historySize: Number(historySize),
  toleranceGrad: problem.toleranceGrad,
  toleranceChange: 0,
  maxIter: Number(maxIter),
  ...(historyDtype === 'float32' && { historyDtype }),
};
for (const measurement of meter.run(() => minimize(meter.evaluate, problem.x0, options))) {
  console.log(JSON.stringify(measurement));
}
