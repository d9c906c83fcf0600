declare module 'prebuildify' {
  /** Builds an addon in `cwd`, by the program `nodeGyp`, strips it and copies it below `out`. */
  function prebuildify(
    options: {
      napi: boolean;
      strip: boolean;
      stripBin: string;
      platform: string;
      arch: string;
      libc: string | undefined;
      tagLibc: string | false;
      name: string;
      cwd: string;
      out: string;
      nodeGyp: string;
    },
    done: (error: Error | null | undefined) => void,
  ): void;
  export = prebuildify;
}
