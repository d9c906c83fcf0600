// Problems of Moré, Garbow and Hillstrom with the bounds of Gay (1984).

import { MGH } from '../mgh';
import type { Problem } from '../problem';
import { bounded, problemOf, type BoundedProblem } from './problem';

/** A problem's name, its lower and upper bounds, its minima. */
type Row = readonly [string, readonly number[], readonly number[], ...Problem['minima']];

const ROWS: readonly Row[] = [
  ['Rosenbrock', [-50, 0], [0.5, 100], { value: 0.25 }],
  ['Freudenstein-Roth', [0, -30], [20, -0.9], { value: 48.985201999999994 }],
  ['Powell badly scaled', [0, 1], [1, 9], { value: 1.5125936724383845e-10 }],
  ['Brown badly scaled', [0, 3e-5], [1e6, 100], { value: 783.999999295184 }],
  ['Beale', [0.6, 0.5], [10, 100], { value: 0, near: [3, 0.5] }],
  ['Jennrich-Sampson', [0.26, 0], [10, 20], { value: 124.38311291637791 }],
  ['helical valley', [-100, -1, -1], [0.8, 1, 1], { value: 0.9904221209613998 }],
  ['Bard', [0.1, 0, 0], [50, 100, 50], { value: 0.00958228472115324 }],
  ['Meyer', [0.006, 0, 0], [2, 3e5, 3e4], { value: 127.4517712113227, near: [0.006, 6125.418985, 343.337723] }],
  ['Box in three dimensions', [0, 5, 0], [2, 9.5, 20], { value: 0.00011434818026414385 }],
  ['Powell singular', [0.1, -20, -1, -1], [100, 20, 1, 50], { value: 0.0001878196300583034 }],
  ['Kowalik-Osborne', [0, -1, 0.13, 0.12], [10, 12, 13, 12], { value: 0.00030783072346419744 }],
  ['Brown-Dennis', [-10, 0, -100, -20], [100, 15, 0, 0.2], { value: 88860.47976750042 }],
  ['Osborne 1', [0, 0, -50, 0, 0], [50, 1.9, -0.1, 10, 10], { value: 0.00005470283343373543 }],
  [
    'Osborne 2',
    [1, 0.5, 0, 0.6, 0, 0, 0, 0, 0, 0, 0],
    [150, 100, 100, 100, 100, 500, 500, 500, 100, 10, 0],
    {
      value: 0.43126945594137,
      near: [1.0372, 0.5547, 0.2324, 0.6, 0.3726, 0.7077, 2.4366, 100.8337, 5.0529, 2.3714, 0],
      isPublished: false,
    },
    {
      value: 0.4386007773516467,
      near: [1, 0.5, 0.7175, 0.6, 2.6626, 0.7255, 0.5779, 0.2786, 2.3099, 4.9891, 0],
      isPublished: false,
    },
    { value: 0.510230522048338 },
    {
      value: 0.5960671159855028,
      near: [1.0052, 0.5, 0, 0.6, 0.2695, 1.0586, 5.3535, 84.611, 5.109, 7.4657, 0],
      isPublished: false,
    },
  ],
  [
    'Watson, n = 6',
    [-0.015, -10, -10, -10, -10, -10],
    [10, 100, 100, 100, 100, 0.99],
    { value: 0.0022896064382494246 },
  ],
  [
    'Watson, n = 9',
    [-1e-5, 0, 0, 0, 0, -3, 0, -3, 0],
    [1e-5, 0.9, 0.1, 1, 1, 0, 4, 0, 2],
    { value: 0.0374013977931844 },
  ],
  [
    'Watson, n = 12',
    [-1, 0, -1, -1, -1, 0, -3, 0, -10, 0, -5, 0],
    [0, 0, 0, 0.3, 0, 1, 0, 10, 0, 10, 0, 1],
    { value: 11.794244180220975 },
  ],
];

export const GAY: readonly BoundedProblem[] = ROWS.map(([name, lower, upper, ...minima]) => {
  const problem = problemOf(MGH, name);
  return bounded({
    ...problem,
    name: `${name}, bounds of Gay`,
    lower,
    upper,
    minima,
    source: `${problem.source}; Gay, Lecture Notes in Mathematics 1066 (1984)`,
  });
});
