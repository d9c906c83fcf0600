/** Fills g with the gradient at x and returns the loss. `data` is the problem's own. */
export type GoldenFunction = (x: ArrayLike<number>, data: unknown, g: Float64Array) => number;
export declare const FUNCS: Readonly<Record<string, GoldenFunction>>;

export declare class ClosureError extends Error {}

export interface Fault {
  readonly type: string;
  readonly at_eval?: number;
  readonly from_eval?: number;
  readonly param?: number;
}
/** Spoils evaluation k (1 the first) of a case: returns the loss to be returned, may fill g, may throw a ClosureError. */
export declare function applyFault(fault: Fault | null, k: number, f: number, g: Float64Array): number;

/** A recorded number: those that are not finite are strings. */
export declare function num(value: number | string): number;
