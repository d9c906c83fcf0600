// VitePress' own theme with the fonts of the reader's system, so that the site loads nothing from elsewhere.

import type { Theme } from 'vitepress';
import DefaultTheme, { VPFeatures } from 'vitepress/theme-without-fonts';
import { SeeItWork } from '../demo/see-it-work';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('SeeItWork', SeeItWork);
    app.component('Tasks', VPFeatures);
  },
} satisfies Theme;
