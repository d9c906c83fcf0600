import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';

/** How the pictures of the examples look: a part of each of them. */
export const THEME = {
  background: 'white',
  padding: 20,
  config: {
    aria: false, // a label on each of the points would only make the file larger
    font: 'Helvetica, Arial, sans-serif',
    view: { stroke: null },
    axis: {
      gridColor: '#e9ecef',
      domainColor: '#adb5bd',
      tickColor: '#adb5bd',
      labelColor: '#495057',
      titleColor: '#495057',
      titleFontWeight: 'normal',
      labelFontSize: 11,
    },
    title: {
      anchor: 'start',
      frame: 'group',
      fontSize: 15,
      color: '#212529',
      subtitleColor: '#495057',
      subtitleFontSize: 12,
      subtitlePadding: 5,
      offset: 14,
    },
  },
} as const;

/** The colour of L-BFGS in every picture. */
export const LBFGS_COLOR = '#d9480f';
/** The colour of Adam in every picture. */
export const ADAM_COLOR = '#1864ab';

/** Draws a picture of vega-lite into a file, whose folder is made. */
export async function writeSvg(picture: TopLevelSpec, file: string): Promise<void> {
  // Loaded here because vega can only be imported: its modules wait while they load, which require() cannot do.
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(picture).spec), { renderer: 'none' });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${rounded(await view.toSVG())}\n`);
  view.finalize();
}

/** The numbers in tags with two decimals, which the eye cannot tell from sixteen. */
function rounded(svg: string): string {
  return svg.replaceAll(/<[^>]*>/g, (tag) =>
    tag.replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
  );
}
