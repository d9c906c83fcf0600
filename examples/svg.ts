import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';

/** Draws a picture of vega-lite into a file, whose folder is made. */
export async function writeSvg(picture: TopLevelSpec, file: string): Promise<void> {
  // Loaded here because vega can only be imported: its modules wait while they load, which require() cannot do.
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(picture).spec), { renderer: 'none' });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${await view.toSVG()}\n`);
  view.finalize();
}
