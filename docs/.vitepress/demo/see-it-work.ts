// The program of the page "See it work": the reader chooses a surface and a start, and sees the recorded runs from there.

import { useData } from 'vitepress';
import { defineComponent, h, onBeforeUnmount, onMounted, ref, watch } from 'vue';
import { contoursOf, drawPath, drawSurface } from './canvas';
import { wantsNoMotion } from './clock';
import { createPlayer, lastOf } from './player';
import { methods, type MethodName } from './recording';
import { surfaces } from './surfaces';
import { panel, tools } from './view';

/** Those of the names in theme/style.css. */
const COLOURS: Record<MethodName, Record<'light' | 'dark', string>> = {
  lbfgs: { light: '#0a56a8', dark: '#79b8ff' },
  adam: { light: '#a83f00', dark: '#ffab70' },
  descent: { light: '#6f31c0', dark: '#d2a8ff' },
};

/** Of the race that is run when the page has been loaded, on the first surface: near (-1.2, 1). */
const FIRST_START = 22;

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export const SeeItWork = defineComponent({
  name: 'SeeItWork',
  setup() {
    const { isDark } = useData();
    const root = ref<HTMLElement>();
    const player = createPlayer(draw);
    let contours: HTMLCanvasElement | undefined;

    function draw(isAnotherSurface: boolean): void {
      const shade = isDark.value ? 'dark' : 'light';
      const surface = player.surface.value;
      if (isAnotherSurface) contours = undefined;
      contours ??= contoursOf(surface, shade);
      for (const name of methods) {
        const context = root.value?.querySelector<HTMLCanvasElement>(`canvas[data-method=${name}]`)?.getContext('2d');
        if (!context) continue;
        drawSurface(context, surface, contours);
        const run = player.runs()?.[name];
        if (run) drawPath(context, run, Math.min(player.evaluations.value, lastOf(run)), COLOURS[name][shade]);
      }
    }

    function onKeydown(event: KeyboardEvent): void {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      const start = player.moveFocus(...arrow);
      root.value?.querySelector<HTMLElement>(`button[data-start="${start}"]`)?.focus();
    }

    onMounted(async () => {
      const [first] = surfaces;
      await player.choose(first!);
      const isUntouched = player.surface.value === first && player.start.value === undefined;
      if (isUntouched && !wantsNoMotion()) player.begin(FIRST_START);
    });
    onBeforeUnmount(() => {
      player.stop();
    });
    watch(isDark, () => {
      draw(true);
    });

    return () =>
      h('section', { class: 'see-it-work', ref: root, 'aria-label': 'Demonstration' }, [
        ...tools(player),
        h('p', player.surface.value.about),
        h(
          'div',
          { class: 'methods' },
          methods.map((name) => panel(player, name, onKeydown)),
        ),
        h('p', { class: 'summary', role: 'status', 'aria-live': 'polite' }, player.summary.value),
      ]);
  },
});
