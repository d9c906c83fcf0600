// A step in which one rank has a fault at one message: HOW, at message AT of rank BROKEN. Without AT rank 0 prints how
// many messages the step takes.

import { LBFGS, Parameter } from 'lbfgs';
import { connect } from 'lbfgs/mpi';

const { HOW, AT = '-1', BROKEN = '0' } = process.env;
const mpi = connect({ timeout: 5000 });
let messages = 0;

/** Whether the message is left out. */
function fault() {
  const isHere = mpi.rank === Number(BROKEN) && messages === Number(AT);
  messages += 1;
  if (!isHere) return false;
  if (HOW === 'kill') process.kill(process.pid, 'SIGKILL');
  if (HOW === 'exit') process.exit(0);
  if (HOW === 'throw') throw new Error(`of rank ${BROKEN} at message ${AT}`);
  return true;
}

/** @type {import('lbfgs').Communicator} */
const comm = {
  rank: mpi.rank,
  size: mpi.size,
  allReduce: (values, op) => {
    mpi.allReduce(values, op);
  },
  allGather: (own, all) => {
    if (!fault()) mpi.allGather(own, all);
  },
};

const slice = new Parameter(Float64Array.from({ length: 4 }, (_, i) => (i % 2 === 0 ? -1.2 : 1)));
const x = /** @type {Float64Array} */ (slice.data);
const gradient = new Float64Array(4);
slice.grad = gradient;
const optimizer = new LBFGS([slice], { comm, lineSearchFn: 'strong_wolfe', maxIter: 5, historySize: 3 });
optimizer.step(() => {
  let loss = 0;
  for (const [i, value] of x.entries()) {
    const weight = 1 + 4 * comm.rank + i;
    gradient[i] = weight * Math.sinh(value - 1);
    loss += weight * (Math.cosh(value - 1) - 1);
  }
  return loss;
});
if (comm.rank === 0) console.log(String(messages));
mpi.finalize();
