declare module 'node-gyp-build' {
  /** Loads the addon of the package in `directory`: build/Release first, then prebuilds/. */
  function load(directory: string): unknown;
  export = load;
}
