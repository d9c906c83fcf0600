// f = sum_i c_i (x_i - a_i)^2 / 2 with curvatures from 1 to 100, and a stopwatch for what is not the optimiser's work.

export class Separable {
  /** Milliseconds spent in evaluate(), and in other work that was given to timed(). */
  elsewhere = 0;
  readonly #centers: Float64Array;
  readonly #curvatures: Float64Array;

  constructor(readonly size: number) {
    this.#centers = Float64Array.from({ length: size }, (_, i) => 1.5 * Math.sin(12.9898 * i));
    this.#curvatures = Float64Array.from({ length: size }, (_, i) => 1 + 99 * Math.abs(Math.sin(78.233 * i)));
  }

  /** Writes the gradient and returns the value. */
  readonly evaluate = (x: Float64Array, gradient: Float64Array): number =>
    this.timed(() => {
      let loss = 0;
      for (let i = 0; i < this.size; i++) {
        const distance = x[i]! - this.#centers[i]!;
        gradient[i] = this.#curvatures[i]! * distance;
        loss += 0.5 * gradient[i]! * distance;
      }
      return loss;
    });

  timed<T>(work: () => T): T {
    const begun = performance.now();
    const result = work();
    this.elsewhere += performance.now() - begun;
    return result;
  }
}
