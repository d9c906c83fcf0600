import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const namedExportsOnly = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const hashPrivate = {
  selector: ':matches(PropertyDefinition, MethodDefinition, TSParameterProperty)[accessibility]',
  message: 'Members are public, or #private: no accessibility modifiers.',
};
const noEnums = { selector: 'TSEnumDeclaration', message: 'String literals instead of enums.' };

/** lib/ runs in users' processes: Node's own modules, node-gyp-build and lib's own files, nothing else. */
const outsideLib = {
  regex: '^(?!node:|\\.{1,2}/|#addon$|node-gyp-build/)',
  message: 'lib/ imports only node: modules, node-gyp-build and its own files.',
};
const binary = ['#addon', './addon', '../addon', 'node-gyp-build/node-gyp-build.js'].map((name) => ({
  name,
  message: 'Only lib/native/native.ts reaches the binary, only lib/addon.ts loads it.',
}));

/** The rooms of lib/ and those whose files a room may import besides its own ("The house" in CONTRIBUTING.md). Files of lib/ itself import any. */
const rooms = {
  checks: [],
  distributed: ['checks'],
  options: ['checks', 'distributed'],
  parameters: ['checks', 'options'],
  native: ['checks', 'options', 'parameters', 'distributed'],
  'gradient-check': ['checks', 'options', 'parameters', 'native', 'solve'],
  step: ['checks', 'options', 'parameters', 'native', 'distributed'],
  state: ['checks', 'options', 'parameters', 'native'],
  solve: ['checks', 'options', 'native'],
  checkpoint: ['checks', 'state'],
  // Loaded at the first fit, as a user of the package: it has the index and the types of curveFit.
  fit: ['checks', 'options', 'solve', 'step', 'index', 'curve-fit', 'minimize-options'],
  // lbfgs/mpi is a bridge whose other side is in the addon, so that it needs the binary besides the package.
  adapters: ['checks', 'distributed', 'index', 'safetensors', 'native/native'],
};
/** @type {import('eslint').Linter.Config[]} */
const arrows = Object.entries(rooms).map(([room, others]) => {
  const elsewhere = {
    regex: others.length === 0 ? '^\\.\\./' : `^\\.\\./(?!(?:${others.join('|')})(?:/|$))`,
    message: `lib/${room} imports only from itself${others.map((other) => `, lib/${other}`).join('')}.`,
  };
  const imports = { ...(room !== 'native' && { paths: binary }), patterns: [outsideLib, elsewhere] };
  return { files: [`lib/${room}/**`], rules: { 'no-restricted-imports': ['error', imports] } };
});

export default defineConfig(
  globalIgnores(['build*/', 'coverage/', 'dist/', 'native/', 'prebuilds/', 'test/golden/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-undef': 'off', // tsc knows better, in .mjs files too (checkJs)
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // tsconfig's noPropertyAccessFromIndexSignature asks for the brackets that this rule would remove.
      '@typescript-eslint/dot-notation': 'off',
      // An index that is known to be there reads best as array[index]!, under noUncheckedIndexedAccess.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A callback that may return nothing: boolean | void.
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['lib/**', 'test/**', 'examples/**', 'bench/**'],
    rules: { 'no-restricted-syntax': ['error', namedExportsOnly, hashPrivate, noEnums] },
  },
  {
    files: ['lib/**'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-imports': ['error', { paths: binary, patterns: [outsideLib] }],
      '@typescript-eslint/no-require-imports': 'error',
    },
  },
  ...arrows,
  {
    // Their types need those of Electron and of frameworks: test/electron and test/frameworks check them where those are.
    files: ['electron', 'mnist', 'pinn'].map((name) => `examples/${name}/**`),
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      // Tests hand over what the types forbid, to read the message that comes back.
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    // Scripts have no declarations of their own; the data they read is described where it is read.
    files: ['**/*.mjs', '**/*.cjs'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-argument': 'off' },
  },
);
