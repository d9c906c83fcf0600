// The state of the page "See it work": what is chosen, what has been loaded, and how far the clock has gone.

import { withBase } from 'vitepress';
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { runClock } from './clock';
import { methods, type MethodName, type RecordedRun, type Recording } from './recording';
import { STARTS, surfaces, type Surface } from './surfaces';

export const NAMES: Record<MethodName, string> = { lbfgs: 'L-BFGS', adam: 'Adam', descent: 'Gradient descent' };

export const counted = (count: number): string => Math.floor(count).toLocaleString('en-GB');

type Runs = Recording['starts'][number];

export interface Player {
  readonly surface: ShallowRef<Surface>;
  /** Undefined until it has been loaded. */
  readonly recording: ShallowRef<Recording | undefined>;
  /** The start, row by row from below; undefined before the first click. */
  readonly start: Ref<number | undefined>;
  /** The start that the Tab key reaches. */
  readonly focused: Ref<number>;
  readonly evaluations: Ref<number>;
  /** What the live region says when all three runs have ended. */
  readonly summary: Ref<string>;
  runs(): Runs | undefined;
  choose(surface: Surface): Promise<void>;
  begin(start: number): void;
  /** Moves the focus by columns and rows and returns the start that has it then. */
  moveFocus(columns: number, rows: number): number;
  stop(): void;
}

/** The evaluations of a run until it arrived or ended. */
export const lastOf = ({ arrived, evaluations }: RecordedRun): number => arrived ?? evaluations;

function summaryOf(runs: Runs): string {
  const parts = methods.map((name) => {
    const { arrived, diverged, evaluations, status } = runs[name];
    if (arrived !== null) return `${NAMES[name]} arrived after ${counted(arrived)} evaluations`;
    const end = status === undefined ? '' : ` (${status})`;
    return `${NAMES[name]} ${diverged ? 'diverged after' : 'did not arrive within'} ${counted(evaluations)} evaluations${end}`;
  });
  return `${parts.join(', ')}.`;
}

async function load({ name }: Surface): Promise<Recording> {
  const response = await fetch(withBase(`/runs/${name}.json`));
  return (await response.json()) as Recording;
}

/** `draw` is called whenever the picture has changed, with true where the surface has. */
export function createPlayer(draw: (isAnotherSurface: boolean) => void): Player {
  const surface = shallowRef<Surface>(surfaces[0]!);
  const recording = shallowRef<Recording>();
  const start = ref<number>();
  const focused = ref(0);
  const evaluations = ref(0);
  const summary = ref('');
  const loaded = new Map<Surface, Recording>();
  let stop = (): void => undefined;
  const runs = (): Runs | undefined => (start.value === undefined ? undefined : recording.value?.starts[start.value]);

  async function choose(next: Surface): Promise<void> {
    stop();
    surface.value = next;
    recording.value = undefined;
    start.value = undefined;
    evaluations.value = 0;
    summary.value = '';
    draw(true);
    const found = loaded.get(next) ?? (await load(next));
    loaded.set(next, found);
    if (surface.value === next) recording.value = found;
  }

  function begin(index: number): void {
    if (!recording.value) return;
    stop();
    start.value = index;
    focused.value = index;
    summary.value = '';
    const chosen = runs()!;
    const last = Math.max(...methods.map((name) => lastOf(chosen[name])));
    stop = runClock(last, (passed) => {
      evaluations.value = passed;
      draw(false);
      if (passed === last) summary.value = summaryOf(chosen);
    });
  }

  function moveFocus(columns: number, rows: number): number {
    const inside = (index: number): number => Math.min(STARTS - 1, Math.max(0, index));
    const row = inside(Math.floor(focused.value / STARTS) + rows);
    focused.value = row * STARTS + inside((focused.value % STARTS) + columns);
    return focused.value;
  }

  return {
    ...{ surface, recording, start, focused, evaluations, summary },
    ...{ runs, choose, begin, moveFocus },
    stop: () => {
      stop();
    },
  };
}
