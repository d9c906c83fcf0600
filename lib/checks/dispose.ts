/** `Symbol.dispose`; before Node 20.5, which has none, what compiled `using` statements look for instead. */
export const dispose: typeof Symbol.dispose =
  (Symbol as Partial<SymbolConstructor>).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
