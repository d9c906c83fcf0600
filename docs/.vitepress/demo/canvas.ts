// Draws a surface by its contours, and the path of a method on it.

import { SCALE, type RecordedRun } from './recording';
import { startOf, STARTS, type Gradient, type Surface } from './surfaces';

/** Pixels of a picture in each direction; the page scales it. */
export const SIZE = 480;

type Colour = readonly [number, number, number];

/** Low, high, and the lines between two bands. */
const PALETTES: Record<'light' | 'dark', readonly [Colour, Colour, Colour]> = {
  light: [
    [255, 255, 255],
    [208, 214, 224],
    [150, 160, 176],
  ],
  dark: [
    [22, 24, 30],
    [56, 62, 76],
    [98, 108, 128],
  ],
};

const BANDS_PER_DECADE = 2;
const LOWEST = -2; // decades

/** The contours of a surface: bands of equal ratios of its value. */
export function contoursOf(surface: Surface, shade: 'light' | 'dark'): HTMLCanvasElement {
  const picture = document.createElement('canvas');
  picture.width = SIZE;
  picture.height = SIZE;
  const context = picture.getContext('2d')!;
  const image = context.createImageData(SIZE, SIZE);
  const gradient: Gradient = [0, 0];
  const bands = new Float64Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++) {
    const y = surface.y[1] - ((surface.y[1] - surface.y[0]) * (row + 0.5)) / SIZE;
    for (let column = 0; column < SIZE; column++) {
      const x = surface.x[0] + ((surface.x[1] - surface.x[0]) * (column + 0.5)) / SIZE;
      const decades = Math.log10(surface.evaluate([x, y], gradient) + 10 ** LOWEST);
      bands[row * SIZE + column] = Math.floor((decades - LOWEST) * BANDS_PER_DECADE);
    }
  }
  const most = bands.reduce((a, b) => Math.max(a, b), 1);
  const [low, high, line] = PALETTES[shade];
  for (let i = 0; i < bands.length; i++) {
    const band = bands[i]!;
    const isEdge = band !== (bands[i + 1] ?? band) || band !== (bands[i + SIZE] ?? band);
    for (const channel of [0, 1, 2] as const) {
      const filled = low[channel] + ((high[channel] - low[channel]) * band) / most;
      image.data[4 * i + channel] = isEdge && (i + 1) % SIZE !== 0 ? line[channel] : filled;
    }
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return picture;
}

const placeX = (column: number): number => (column / SCALE) * SIZE;
const placeY = (row: number): number => (1 - row / SCALE) * SIZE;

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** The surface with its minima and starts. */
export function drawSurface(context: CanvasRenderingContext2D, surface: Surface, contours: HTMLCanvasElement): void {
  context.drawImage(contours, 0, 0);
  const place = (point: readonly [number, number]): [number, number] => [
    (SIZE * (point[0] - surface.x[0])) / (surface.x[1] - surface.x[0]),
    SIZE * (1 - (point[1] - surface.y[0]) / (surface.y[1] - surface.y[0])),
  ];
  context.fillStyle = 'rgb(128 128 128 / 60%)';
  for (let row = 0; row < STARTS; row++)
    for (let column = 0; column < STARTS; column++) dot(context, ...place(startOf(surface, column, row)), 3);
  context.strokeStyle = '#2da44e';
  context.lineWidth = 3;
  for (const minimum of surface.minima) {
    const [x, y] = place(minimum);
    context.beginPath();
    context.moveTo(x - 8, y);
    context.lineTo(x + 8, y);
    context.moveTo(x, y - 8);
    context.lineTo(x, y + 8);
    context.stroke();
  }
}

/** The path as far as it was known after so many evaluations. Dots are the points where the gradient was used. */
export function drawPath(
  context: CanvasRenderingContext2D,
  { path }: RecordedRun,
  evaluations: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.beginPath();
  let known = 0;
  while (known < path.length && path[known + 2]! <= evaluations) {
    const [x, y] = [placeX(path[known]!), placeY(path[known + 1]!)];
    if (known === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
    known += 3;
  }
  context.stroke();
  for (let i = 0; i < known; i += 3) dot(context, placeX(path[i]!), placeY(path[i + 1]!), i + 3 === known ? 8 : 4);
}
