// What connect and the operations refuse. Prints `code: message` of the error that connect throws, or what it returns.

import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { LBFGSError } from 'lbfgs';
import { connect, MpiCommunicator } from 'lbfgs/mpi';

/** @param {() => unknown} call @param {string} code @param {RegExp} message */
const refuses = (call, code, message) => {
  assert.throws(call, { code: `ERR_LBFGS_${code}`, message });
};

/** What is wrong on purpose, as the types see it. @param {unknown} value @returns {never} */
const wrong = (value) => /** @type {never} */ (value);

/** @param {MpiCommunicator} comm */
function checkArguments(comm) {
  const two = new Float64Array(2);
  const long = new Float64Array(2 * comm.size + 1);
  refuses(
    () => {
      comm.allReduce(wrong([1]), 'sum');
    },
    'ARG_TYPE',
    /^Expected a Float64Array for values but received an arr/,
  );
  refuses(
    () => {
      comm.allReduce(wrong(new Float32Array(1)), 'sum');
    },
    'ARG_TYPE',
    /Float64Array/,
  );
  refuses(
    () => {
      comm.allReduce(two, wrong('min'));
    },
    'ARG_VALUE',
    /^Expected 'sum' or 'max' for op but received 'min'/,
  );
  refuses(
    () => {
      comm.allGather(two, long);
    },
    'ARG_VALUE',
    /for all but received/,
  );
  refuses(
    () => {
      comm.reduceScatter(long, two);
    },
    'ARG_VALUE',
    /for all but received/,
  );
  refuses(
    () => {
      comm.broadcast(two, comm.size);
    },
    'ARG_VALUE',
    /^Expected a rank from 0 to/,
  );
  refuses(
    () => {
      comm.broadcast(two, wrong('0'));
    },
    'ARG_TYPE',
    /^Expected a rank from 0 to/,
  );
  refuses(
    () => {
      comm.abort(0, 'none');
    },
    'ARG_VALUE',
    /^Expected an integer from 1 to 255 for code/,
  );
  refuses(
    () => {
      comm.abort(1, wrong(undefined));
    },
    'ARG_TYPE',
    /^Expected a string for reason/,
  );
  refuses(() => connect(wrong({ timeOut: 1 })), 'UNKNOWN_OPTION', /library, timeout$/);
  refuses(() => connect({ timeout: -1 }), 'ARG_VALUE', /^Expected a number of milliseconds >= 0 for timeout/);
  refuses(() => connect({ library: '' }), 'ARG_VALUE', /^Expected the name or the path of an MPI library/);
  refuses(() => new MpiCommunicator(), 'ARG_TYPE', /^Expected connect\(\) in place of new/);
}

if (process.env['IN'] === 'worker') {
  const source = `import('lbfgs/mpi').then(({ connect }) => connect()).catch(({ code, message }) => console.log(code + ': ' + message));`;
  new Worker(source, { eval: true });
} else {
  try {
    const comm = connect();
    assert.equal(connect({ timeout: 1 }), comm);
    checkArguments(comm);
    comm.finalize();
    comm.finalize();
    refuses(
      () => {
        comm.barrier();
      },
      'MPI',
      /^Expected barrier before finalize/,
    );
    refuses(() => connect(), 'MPI', /^Expected connect before finalize/);
    console.log('connected', comm.size);
  } catch (error) {
    if (!(error instanceof LBFGSError)) throw error;
    console.log(`${error.code}: ${error.message}`);
    // Where MPI has begun, the error is for good.
    if (process.env['AGAIN']) refuses(() => connect(), 'MPI', /connects once/);
  }
}
