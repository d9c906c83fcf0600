declare module 'node-gyp-build' {
  /** Loads the addon of the package in `directory`: build/Release first, then prebuilds/. */
  function load(directory: string): unknown;
  namespace load {
    /** The file that `load` would load; throws where there is none. */
    function resolve(directory: string): string;
  }
  export = load;
}
