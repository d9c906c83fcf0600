// WebAssembly that reads outside its memory: V8 makes a RuntimeError of the SIGSEGV, if MPI leaves it the signal.

import assert from 'node:assert/strict';
import { connect } from 'lbfgs/mpi';

const comm = connect();
// (module (memory 1) (func (export "get") (param i32) (result i32) (i32.load (local.get 0))))
const bytes = Buffer.from(
  '0061736d0100000001060160017f017f0302010005030100010707010367657400000a0901070020002802000b',
  'hex',
);
/**
 * The types of Node 20 have no WebAssembly.
 * @typedef {{ exports: { get: (at: number) => number } }} Instance
 * @typedef {{ Module: new (bytes: Buffer) => object; Instance: new (module: object) => Instance; RuntimeError: new () => Error }} Wasm
 */
const wasm = /** @type {Wasm} */ (Reflect.get(globalThis, 'WebAssembly'));
const { get } = new wasm.Instance(new wasm.Module(bytes)).exports;
for (let count = 0; count < 20_000; count++) assert.equal(get(4), 0);
assert.throws(() => get(0x7fffff00), wasm.RuntimeError);
console.log('RuntimeError', comm.size);
