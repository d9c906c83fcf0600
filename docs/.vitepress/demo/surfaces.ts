// The surfaces of the page "See it work". The page draws them, and record.ts minimises them.

/** What is read of a point, and what is written of a gradient: two numbers. */
export interface Point {
  readonly 0: number;
  readonly 1: number;
}
export interface Gradient {
  0: number;
  1: number;
}

export interface Surface {
  readonly name: string;
  readonly title: string;
  /** A sentence about what is hard on it. */
  readonly about: string;
  /** The part of the plane that is shown: from and to, of x and of y. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly minima: readonly (readonly [number, number])[];
  /** Returns the value and writes the gradient. The value at each minimum is 0. */
  evaluate(point: Point, gradient: Gradient): number;
}

const rosenbrock: Surface = {
  name: 'rosenbrock',
  title: 'Rosenbrock',
  about: 'A curved valley: its floor falls slowly, its walls are steep.',
  x: [-2, 2],
  y: [-1, 3],
  minima: [[1, 1]],
  evaluate({ 0: x, 1: y }, gradient) {
    const [along, across] = [1 - x, y - x * x];
    gradient[0] = -400 * x * across - 2 * along;
    gradient[1] = 200 * across;
    return 100 * across ** 2 + along ** 2;
  },
};

const himmelblau: Surface = {
  name: 'himmelblau',
  title: 'Himmelblau',
  about: 'Four minima of the same depth: the start decides which one is found.',
  x: [-5, 5],
  y: [-5, 5],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ],
  evaluate({ 0: x, 1: y }, gradient) {
    const [first, second] = [x * x + y - 11, x + y * y - 7];
    gradient[0] = 4 * x * first + 2 * second;
    gradient[1] = 2 * first + 4 * y * second;
    return first ** 2 + second ** 2;
  },
};

const beale: Surface = {
  name: 'beale',
  title: 'Beale',
  about: 'A flat floor with steep corners. From some starts a valley leads to infinity, where there is no minimum.',
  x: [-4.5, 4.5],
  y: [-4.5, 4.5],
  minima: [[3, 0.5]],
  evaluate({ 0: x, 1: y }, gradient) {
    const residuals = [1.5 - x + x * y, 2.25 - x + x * y ** 2, 2.625 - x + x * y ** 3];
    let value = 0;
    gradient[0] = 0;
    gradient[1] = 0;
    for (const [index, residual] of residuals.entries()) {
      const power = index + 1;
      value += residual ** 2;
      gradient[0] += 2 * residual * (y ** power - 1);
      gradient[1] += 2 * residual * x * power * y ** (power - 1);
    }
    return value;
  },
};

/** Its axes are turned by 30 degrees, so that no method profits from axes that are those of x and y. */
const [COS, SIN] = [Math.sqrt(3) / 2, 1 / 2];
const CONDITION = 400;
const CENTRE = [0.6, -0.4] as const;

const quadratic: Surface = {
  name: 'quadratic',
  title: 'Ill-scaled quadratic',
  about: `A bowl that is ${CONDITION} times as curved in one direction as in the other.`,
  x: [-2, 2],
  y: [-2, 2],
  minima: [CENTRE],
  evaluate({ 0: x, 1: y }, gradient) {
    const [right, up] = [x - CENTRE[0], y - CENTRE[1]];
    const [along, across] = [COS * right + SIN * up, COS * up - SIN * right];
    gradient[0] = COS * along - SIN * CONDITION * across;
    gradient[1] = SIN * along + COS * CONDITION * across;
    return (along ** 2 + CONDITION * across ** 2) / 2;
  },
};

export const surfaces: readonly Surface[] = [rosenbrock, himmelblau, beale, quadratic];

/** Starts in each direction. They stand in the middles of equal fields. */
export const STARTS = 7;

/** The start in this column from the left and this row from below. */
export function startOf({ x, y }: Surface, column: number, row: number): [number, number] {
  const along = ([from, to]: readonly [number, number], index: number): number =>
    from + ((to - from) * (index + 0.5)) / STARTS;
  return [along(x, column), along(y, row)];
}
