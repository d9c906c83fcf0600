// A learning-rate schedule in the fixed-step mode (no line search): logistic regression on features of different size.
// Full steps from the start diverge while little is known of the curvature, short ones are slow to the end; a schedule
// that warms up begins with the short ones and ends with the full ones.
import { LBFGS, Parameter } from 'lbfgs';

const FEATURES = 8;
const SAMPLES = 200;

// Two overlapping classes, +1 and -1; each feature is twice as large as the one before. The generator is Knuth's.
let seed = 17;
const random = (): number => {
  seed = (Math.imul(1664525, seed) + 1013904223) >>> 0;
  return seed / 2 ** 31 - 1;
};
const samples = Array.from({ length: SAMPLES }, () => {
  const unit = Array.from({ length: FEATURES }, random);
  const label = unit.reduce((sum, value) => sum + value, 0.8 * random()) > 0 ? 1 : -1;
  return { features: unit.map((value, j) => value * 2 ** j), label };
});

/** The loss, log(1 + exp(-label w . features)) on average, after `steps` steps of one iteration each. */
function train(steps: number, lrAt: (step: number) => number): number {
  const weights = new Parameter(new Float64Array(FEATURES));
  const closure = (): number => {
    const grad = new Float64Array(FEATURES);
    let loss = 0;
    for (const { features, label } of samples) {
      const margin = label * features.reduce((sum, value, j) => sum + value * weights.data[j]!, 0);
      loss += (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))) / SAMPLES;
      const pull = label / (1 + Math.exp(margin)) / SAMPLES;
      for (const [j, value] of features.entries()) grad[j]! -= pull * value;
    }
    weights.grad = grad;
    return loss;
  };

  const optimizer = new LBFGS([weights], { maxIter: 1 });
  const [group] = optimizer.paramGroups;
  for (let step = 0; step < steps; step++) {
    group.lr = lrAt(step); // takes effect at the step below
    optimizer.step(closure);
  }
  return closure();
}

const schedules = {
  'lr 1': () => 1,
  'lr 0.1': () => 0.1,
  'warm-up': (step: number) => Math.min(1, (step + 1) / 30),
};
const counts = [10, 30, 60, 120];
console.log(`loss after  ${counts.map((steps) => `${steps} steps`.padStart(11)).join('')}`);
for (const [name, lrAt] of Object.entries(schedules)) {
  console.log(name.padEnd(12) + counts.map((steps) => train(steps, lrAt).toPrecision(4).padStart(11)).join(''));
}
