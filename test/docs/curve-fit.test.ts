import { assertSameFigures, blocksOf } from './blocks';
import { outputOfModule } from './programs';

const PAGE = 'docs/curve-fit.md';

describe('docs/curve-fit.md', () => {
  it('prints the figures of the page when its TypeScript is put together', async () => {
    const program = blocksOf(PAGE, 'ts run').join('\n');
    const figures = blocksOf(PAGE, 'text output').join('');
    assertSameFigures(await outputOfModule('fit.mts', program), figures, 1e-9);
  });
});
