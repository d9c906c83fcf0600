declare module 'node-api-headers' {
  const headers: {
    /** The functions of each version of Node-API, those of the earlier ones among them. */
    symbols: Record<'v8', { js_native_api_symbols: string[]; node_api_symbols: string[] }>;
  };
  export = headers;
}
