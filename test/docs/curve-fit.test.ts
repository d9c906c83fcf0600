import { checkCurveFit } from './pages';
import { placeOf } from './place';
import { withFolder } from './programs';

describe('docs/curve-fit.md', () => {
  it('prints the figures of the page when its TypeScript is put together', () =>
    withFolder((folder) => checkCurveFit(placeOf(folder))));
});
