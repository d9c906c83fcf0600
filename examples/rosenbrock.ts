// Rosenbrock's function: a curved valley with its minimum, 0, at (1, 1).
import { minimize } from 'lbfgs';

const { x, loss, status, iterations, evaluations } = minimize(
  ([a = 0, b = 0], gradient) => {
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[1] = 200 * (b - a * a);
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
  },
  [-1.2, 1],
);

console.log(`minimum ${loss.toExponential(1)} at (${Array.from(x, (value) => value.toFixed(6)).join(', ')})`);
console.log(`${status} after ${iterations} iterations, ${evaluations} evaluations`);
