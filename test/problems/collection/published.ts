// Figures of the literature, to the digits that it has, to check the collection's against.

/** |r| = sqrt(f) at the start, as MINPACK's test programs print it. */
export const FIRST_NORMS: Readonly<Record<string, number>> = {
  Rosenbrock: 4.91935,
  'Freudenstein-Roth': 20.01249,
  'helical valley': 50,
  'Powell singular': 14.66288,
  Bard: 6.456136,
  'Kowalik-Osborne': 0.07289151,
  Meyer: 41153.47,
  'Watson, n = 6': 5.477226,
  'Box in three dimensions': 32.11158,
  'Jennrich-Sampson': 64.58563,
  'Brown-Dennis': 2815.438,
  'Chebyquad, n = 8': 0.1965139,
  'Chebyquad, n = 9': 0.1699499,
  'Chebyquad, n = 10': 0.1837478,
  'Brown almost-linear, n = 10': 16.53022,
  'Osborne 1': 0.937564,
  'Osborne 2': 1.446865,
  'linear, full rank': 5,
  'linear, rank 1': 291.5219,
  'linear, rank 1 with zero columns and rows': 126.0397,
};

/** Minima as Moré, Garbow and Hillstrom list them, of each problem in the order of its own. */
export const MINIMA: Readonly<Record<string, readonly number[]>> = {
  'Freudenstein-Roth': [0, 48.9842],
  'Jennrich-Sampson': [124.362],
  'Brown-Dennis': [85822.2],
  Bard: [8.21487e-3],
  Gaussian: [1.12793e-8],
  Meyer: [87.9458],
  'Kowalik-Osborne': [3.07505e-4],
  'Osborne 1': [5.46489e-5],
  'Osborne 2': [4.01377e-2],
  'Biggs EXP6': [0, 5.65565e-3],
  'Watson, n = 6': [2.28767e-3],
  'Watson, n = 9': [1.39976e-6],
  'Watson, n = 12': [4.72238e-10],
  'penalty I, n = 4': [2.24997e-5],
  'penalty I, n = 10': [7.08765e-5],
  'penalty II, n = 4': [9.37629e-6],
  'penalty II, n = 10': [2.9366e-4],
  'trigonometric, n = 10': [0, 2.79506e-5],
  'Chebyquad, n = 8': [3.51687e-3],
  'Chebyquad, n = 9': [0],
};
