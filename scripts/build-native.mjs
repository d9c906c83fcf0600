// build/Release/lbfgs.node: quick when nothing changed.

import { buildAddon } from './run.mjs';

buildAddon('.');
