// The clock of the page "See it work": evaluations that pass slowly at first, so that L-BFGS is seen, and then ever faster, so that
// ten thousand of them take six seconds.

const SLOW = 12;
const FASTER = 1.1; // per second

export const evaluationsAfter = (seconds: number): number => SLOW * Math.expm1(FASTER * seconds);

export const wantsNoMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Calls `show` with the evaluations that have passed, until there are `last`; returns what stops it. */
export function runClock(last: number, show: (evaluations: number) => void): () => void {
  if (wantsNoMotion()) {
    show(last);
    return () => undefined;
  }
  let frame = 0;
  let began: number | undefined;
  const tick = (now: number): void => {
    began ??= now;
    const passed = Math.min(last, evaluationsAfter((now - began) / 1000));
    show(passed);
    if (passed < last) frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
  return () => {
    cancelAnimationFrame(frame);
  };
}
