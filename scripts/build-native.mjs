// build/Release/lbfgs.node: quick when nothing changed.

import './vendor-node-api.mjs';
import { buildAddon } from './run.mjs';

buildAddon('.');
