declare module 'node-gyp-build/node-gyp-build.js' {
  /** The addon of the package in `directory`: of build/Release first, then of prebuilds/. Throws where there is none. */
  export function resolve(directory: string): string;
}
