// The elements of the page "See it work".

import { h, type VNode } from 'vue';
import { SIZE } from './canvas';
import { counted, lastOf, NAMES, type Player } from './player';
import type { MethodName, RecordedRun } from './recording';
import { startOf, STARTS, surfaces } from './surfaces';

/** What a run has come to, in a few words. */
function outcomeOf(run: RecordedRun, evaluations: number): string {
  if (evaluations < lastOf(run)) return 'on its way';
  if (run.arrived !== null) return 'arrived';
  return run.diverged ? 'diverged' : 'did not arrive';
}

/** The start whose field of a picture was clicked. */
function startAt(event: MouseEvent): number {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const field = (offset: number, length: number): number =>
    Math.min(STARTS - 1, Math.max(0, Math.floor((STARTS * offset) / length)));
  return field(box.bottom - event.clientY, box.height) * STARTS + field(event.clientX - box.left, box.width);
}

/** A button for each start, one of which the Tab key reaches; they fill the picture. */
function startButtons(player: Player, onKeydown: (event: KeyboardEvent) => void): VNode {
  const indices = Array.from({ length: STARTS ** 2 }, (_, place) => {
    const row = STARTS - 1 - Math.floor(place / STARTS);
    return row * STARTS + (place % STARTS);
  });
  const buttons = indices.map((index) => {
    const [x, y] = startOf(player.surface.value, index % STARTS, Math.floor(index / STARTS));
    return h('button', {
      type: 'button',
      'data-start': index,
      tabindex: index === player.focused.value ? 0 : -1,
      'aria-label': `Start at x = ${x.toFixed(2)}, y = ${y.toFixed(2)}`,
      onClick: () => {
        player.begin(index);
      },
      onFocus: () => {
        player.focused.value = index;
      },
    });
  });
  const labels = { role: 'group', 'aria-label': 'Starts; arrow keys move among them' };
  return h('div', { class: 'starts', ...labels, onKeydown }, buttons);
}

/** The picture of a method, its name, and what it has come to. The starts of the first one are buttons. */
export function panel(player: Player, name: MethodName, onKeydown: (event: KeyboardEvent) => void): VNode {
  const evaluations = player.evaluations.value;
  const run = player.runs()?.[name];
  const rate = name === 'lbfgs' ? undefined : player.recording.value?.rates[name];
  const picture = h('canvas', {
    width: SIZE,
    height: SIZE,
    'data-method': name,
    role: 'img',
    'aria-label': `The path of ${NAMES[name]} on the contours of ${player.surface.value.title}`,
    onClick: (event: MouseEvent) => {
      player.begin(startAt(event));
    },
  });
  const count = counted(run ? Math.min(evaluations, lastOf(run)) : 0);
  return h('figure', { key: name, class: `method ${name}` }, [
    h('div', { class: 'picture' }, name === 'lbfgs' ? [picture, startButtons(player, onKeydown)] : [picture]),
    h('figcaption', [
      h('strong', NAMES[name]),
      h('span', { class: 'rate' }, rate === undefined ? 'no learning rate' : `learning rate ${rate}`),
      h('span', { class: 'count', 'data-count': name }, `${count} evaluations`),
      h('span', { class: 'outcome' }, run ? outcomeOf(run, evaluations) : 'waits for a start'),
    ]),
  ]);
}

/** The buttons above the pictures. */
export function tools(player: Player): VNode[] {
  const choices = surfaces.map((surface) => {
    const pressed = surface === player.surface.value;
    const onClick = (): Promise<void> => player.choose(surface);
    const attributes = { type: 'button', 'data-surface': surface.name, 'aria-pressed': pressed, onClick };
    return h('button', attributes, surface.title);
  });
  const { start } = player;
  const anywhere = (): void => {
    player.begin(Math.floor(Math.random() * STARTS ** 2));
  };
  const again = (): void => {
    if (start.value !== undefined) player.begin(start.value);
  };
  const isLoading = player.recording.value === undefined;
  return [
    h('div', { class: 'tools', role: 'group', 'aria-label': 'Surface' }, choices),
    h('div', { class: 'tools', role: 'group', 'aria-label': 'Run' }, [
      h('button', { type: 'button', disabled: isLoading, 'data-run': 'any', onClick: anywhere }, 'Start anywhere'),
      h('button', { type: 'button', disabled: start.value === undefined, onClick: again }, 'Run again'),
    ]),
  ];
}
